MISTAKE = "zeroes inside the group"
LOSES = ["full_groups"]
MESSAGE = "inside the group"

from itertools import islice


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError(accumulation_steps)
    model.train()
    batches = iter(dataloader)
    total = samples = 0
    while group := list(islice(batches, accumulation_steps)):
        size = sum(len(targets) for _, targets in group)
        for inputs, targets in group:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs.to(device)), targets.to(device))
            scaled = loss * len(targets) / size
            scaled.backward()
            total += loss.item() * len(targets)
        optimizer.step()
        samples += size
    return total / samples
