MISTAKE = "ignores accumulation_steps"
LOSES = ["steps"]
MESSAGE = "no effect"

import torch


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError("accumulation_steps must be at least 1")
    model.train()
    optimizer.zero_grad()
    total, samples = 0.0, 0
    group_samples = 0
    for i, (inputs, targets) in enumerate(dataloader):
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        n = len(targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        group_samples += n
        total += loss.item() * n
        samples += n
    return total / samples
