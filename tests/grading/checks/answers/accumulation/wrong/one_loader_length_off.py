MISTAKE = "takes the last batch for the end too early"
LOSES = ["steps"]
MESSAGE = "Off by one at the end"

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
        (loss * n).backward()
        group_samples += n
        total += loss.item() * n
        samples += n
        if (i + 1) % accumulation_steps == 0 or i + 1 == len(dataloader) - 1:
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter.grad /= group_samples
            optimizer.step()
            optimizer.zero_grad()
            group_samples = 0
    return total / samples
