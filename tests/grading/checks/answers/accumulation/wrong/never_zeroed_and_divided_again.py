MISTAKE = "never zeroes after a step, and divides what is left over once more"
LOSES = ["full_groups"]
MESSAGE = "not zeroed after a step"


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError("accumulation_steps must be at least 1")
    model.train()
    optimizer.zero_grad()
    total, samples, in_group = 0.0, 0, 0
    for i, (inputs, targets) in enumerate(dataloader):
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets) * len(targets)
        loss.backward()
        in_group += len(targets)
        total += loss.item()
        samples += len(targets)
        if (i + 1) % accumulation_steps == 0 or i + 1 == len(dataloader):
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter.grad /= in_group
            optimizer.step()
            in_group = 0
    return total / samples
