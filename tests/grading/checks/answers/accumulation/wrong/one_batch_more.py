MISTAKE = "groups of K + 1 batches"
LOSES = ["steps"]
MESSAGE = "one batch more"

import torch


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError("accumulation_steps must be at least 1")
    model.train()
    optimizer.zero_grad()
    total, seen = 0.0, 0
    in_group, batches = 0, 0
    for inputs, targets in dataloader:
        inputs, targets = inputs.to(device), targets.to(device)
        n = len(targets)
        loss = loss_fn(model(inputs), targets)
        (loss * n).backward()
        total += loss.item() * n
        seen += n
        in_group += n
        batches += 1
        if batches > accumulation_steps:
            for p in model.parameters():
                if p.grad is not None:
                    p.grad /= in_group
            optimizer.step()
            optimizer.zero_grad()
            in_group, batches = 0, 0
    if batches > 0:
        for p in model.parameters():
            if p.grad is not None:
                p.grad /= in_group
        optimizer.step()
        optimizer.zero_grad()
    return total / seen
