MISTAKE = "returns inside the loop over the groups"
LOSES = ["steps"]
MESSAGE = "Training ends after"

from itertools import islice


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError(accumulation_steps)
    model.train()
    batches = iter(dataloader)
    total = samples = 0
    while group := list(islice(batches, accumulation_steps)):
        size = sum(len(targets) for _, targets in group)
        optimizer.zero_grad()
        for inputs, targets in group:
            loss = loss_fn(model(inputs.to(device)), targets.to(device))
            scaled = loss * len(targets) / size
            scaled.backward()
            total += loss.item() * len(targets)
        optimizer.step()
        samples += size
        return total / samples
