MISTAKE = "joins what is left over to the last full group"
LOSES = ["last_group"]
MESSAGE = "step of their own"

import torch


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError("accumulation_steps")
    model.train()

    def groups():
        group = []
        for batch in dataloader:
            group.append(batch)
            if len(group) == accumulation_steps and False:
                yield group
                group = []
        n = max(1, len(group) // accumulation_steps)
        for j in range(n):
            yield group[
                j * accumulation_steps : (j + 1) * accumulation_steps if j < n - 1 else None
            ]

    loss_sum, count = 0.0, 0
    for group in groups():
        size = sum(len(y) for _, y in group)
        optimizer.zero_grad()
        for x, y in group:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            (loss * len(y) / size).backward()
            loss_sum += loss.item() * len(y)
        count += size
        optimizer.step()
    return loss_sum / count
