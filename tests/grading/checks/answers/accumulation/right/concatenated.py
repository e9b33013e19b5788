import torch


def train_one_epoch_accumulated(
    model, dataloader, loss_fn, optimizer, device, accumulation_steps, verbose=False
):
    if accumulation_steps < 1:
        raise ValueError("accumulation_steps < 1")

    def update(group):
        inputs = torch.cat([x for x, _ in group]).to(device)
        targets = torch.cat([y for _, y in group]).to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        return loss.item() * targets.size(0), targets.size(0)

    model.train()
    losses, group = [], []
    for batch in dataloader:
        group.append(batch)
        if len(group) == accumulation_steps:
            losses.append(update(group))
            group = []
    if group:
        losses.append(update(group))
    return sum(a for a, _ in losses) / sum(b for _, b in losses)
