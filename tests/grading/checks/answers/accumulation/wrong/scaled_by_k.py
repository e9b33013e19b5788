MISTAKE = "divides the loss by accumulation_steps, also in a smaller group"
LOSES = ["last_group"]
MESSAGE = "divided by accumulation_steps"


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError("accumulation_steps must be at least 1")
    model.train()
    optimizer.zero_grad()
    total, samples = 0.0, 0
    for i, (inputs, targets) in enumerate(dataloader):
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        (loss / accumulation_steps).backward()
        total += loss.item() * len(targets)
        samples += len(targets)
        if (i + 1) % accumulation_steps == 0 or i + 1 == len(dataloader):
            optimizer.step()
            optimizer.zero_grad()
    return total / samples
