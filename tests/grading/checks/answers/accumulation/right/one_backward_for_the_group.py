def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError
    model.train()
    history = []
    losses, sizes = [], []

    def flush():
        if not losses:
            return
        optimizer.zero_grad(set_to_none=False)
        group_loss = sum(l * n for l, n in zip(losses, sizes)) / sum(sizes)
        group_loss.backward()
        optimizer.step()
        history.extend((l.item(), n) for l, n in zip(losses, sizes))
        losses.clear()
        sizes.clear()

    for inputs, targets in dataloader:
        losses.append(loss_fn(model(inputs.to(device)), targets.to(device)))
        sizes.append(len(inputs))
        if len(losses) == accumulation_steps:
            flush()
    flush()
    return sum(l * n for l, n in history) / sum(n for _, n in history)
