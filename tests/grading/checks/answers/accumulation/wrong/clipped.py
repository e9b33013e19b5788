MISTAKE = "clips the gradients of a group, which nobody asked for"
LOSES = ["full_groups"]
MESSAGE = "clipping"


import torch


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError("accumulation_steps must be at least 1")
    model.train()
    optimizer.zero_grad()
    total, seen, in_group = 0.0, 0, 0
    for number, (inputs, targets) in enumerate(dataloader, start=1):
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        (loss * len(targets)).backward()
        in_group += len(targets)
        total += loss.item() * len(targets)
        seen += len(targets)
        if number % accumulation_steps == 0 or number == len(dataloader):
            for parameter in model.parameters():
                parameter.grad /= in_group
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            optimizer.zero_grad()
            in_group = 0
    return total / seen
