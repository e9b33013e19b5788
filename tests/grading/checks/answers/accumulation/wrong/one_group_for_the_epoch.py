MISTAKE = "one step at the end of the epoch, whatever accumulation_steps is"
LOSES = ["steps"]
MESSAGE = "all batches are one group"


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError("accumulation_steps must be at least 1")
    model.train()
    optimizer.zero_grad()
    total, samples = 0.0, 0
    for inputs, targets in dataloader:
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets) * len(targets)
        loss.backward()
        total += loss.item()
        samples += len(targets)
    for parameter in model.parameters():
        if parameter.grad is not None:
            parameter.grad /= samples
    optimizer.step()
    return total / samples
