MISTAKE = "a new bar for each batch"
LOSES = ["one_bar", "total"]
MESSAGE = "one bar, before the loop"

from tqdm import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    total, samples = 0.0, 0
    for inputs, targets in dataloader:
        bar = tqdm(total=1, desc=f"Epoch {epoch}")
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(targets)
        samples += len(targets)
        bar.set_postfix(loss=loss.item())
        bar.update()
        bar.close()
    return total / samples
