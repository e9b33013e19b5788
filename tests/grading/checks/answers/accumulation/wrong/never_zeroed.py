MISTAKE = "never zeroes after a step"
LOSES = ["full_groups"]
MESSAGE = "not zeroed after a step"


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError("accumulation_steps must be at least 1")
    model.train()
    optimizer.zero_grad()
    total, samples = 0.0, 0
    for i, (inputs, targets) in enumerate(dataloader):
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        (
            loss
            * len(targets)
            / min(
                accumulation_steps * dataloader.batch_size,
                len(dataloader.dataset)
                - (samples // (accumulation_steps * dataloader.batch_size))
                * accumulation_steps
                * dataloader.batch_size,
            )
        ).backward()
        total += loss.item() * len(targets)
        samples += len(targets)
        if (i + 1) % accumulation_steps == 0 or i + 1 == len(dataloader):
            optimizer.step()
    return total / samples
