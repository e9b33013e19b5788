MISTAKE = "shows the lowest loss so far"
LOSES = ["postfix"]
MESSAGE = "lowest loss so far"

from tqdm.auto import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    total, count, low = 0.0, 0, float("inf")
    bar = tqdm(dataloader, desc=f"Epoch {epoch}")
    for inputs, targets in bar:
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(targets)
        count += len(targets)
        low = min(low, loss.item())
        bar.set_postfix(loss=low)
    return total / count
