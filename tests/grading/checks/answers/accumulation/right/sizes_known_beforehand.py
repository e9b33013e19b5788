import torch


def train_one_epoch_accumulated(
    model, dataloader, loss_fn, optimizer, device="cpu", accumulation_steps=4
):
    if accumulation_steps < 1:
        raise ValueError(f"accumulation_steps={accumulation_steps}")
    model.train()
    samples, size = len(dataloader.dataset), dataloader.batch_size
    per_group = size * accumulation_steps
    seen, running = 0, 0.0
    optimizer.zero_grad()
    for inputs, targets in dataloader:
        inputs, targets = inputs.to(device), targets.to(device)
        start = (seen // per_group) * per_group
        in_group = min(per_group, samples - start)
        loss = loss_fn(model(inputs), targets)
        torch.mul(loss, len(inputs) / in_group).backward()
        running += loss.detach().cpu().item() * len(inputs)
        seen += len(inputs)
        if seen == start + in_group:
            optimizer.step()
            optimizer.zero_grad()
    return running / seen
