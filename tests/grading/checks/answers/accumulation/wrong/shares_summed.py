MISTAKE = "sums losses after weighting them"
LOSES = ["mean_loss"]
MESSAGE = "*scaled* losses"

import torch


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError("accumulation_steps")
    model.train()

    def groups():
        group = []
        for batch in dataloader:
            group.append(batch)
            if len(group) == accumulation_steps:
                yield group
                group = []
        if group:
            yield group

    loss_sum, count = 0.0, 0
    for group in groups():
        size = sum(len(y) for _, y in group)
        optimizer.zero_grad()
        for x, y in group:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            loss = loss * len(y) / size
            loss.backward()
            loss_sum += loss.item() * len(y)
        count += size
        optimizer.step()
    return loss_sum / count
