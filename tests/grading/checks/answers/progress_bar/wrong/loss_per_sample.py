MISTAKE = "divides the loss by the samples once more"
LOSES = ["postfix"]
MESSAGE = "divided by the batch"

from tqdm.auto import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    total, count = 0.0, 0
    bar = tqdm(dataloader, desc=f"Epoch {epoch}")
    for inputs, targets in bar:
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(targets)
        count += len(targets)
        bar.set_postfix(loss=loss.item() / len(targets))
    return total / count
