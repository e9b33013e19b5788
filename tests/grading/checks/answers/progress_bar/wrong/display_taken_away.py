MISTAKE = "takes the display away from the bar"
LOSES = ["one_bar", "total", "description", "postfix", "advances", "full_and_closed"]
MESSAGE = "comes onto the screen"

from tqdm import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    total, samples = 0.0, 0
    bar = tqdm(dataloader, desc=f"Epoch {epoch}")
    bar.display = lambda *arguments, **more: None
    for inputs, targets in bar:
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(targets)
        samples += len(targets)
        bar.set_postfix(loss=loss.item())
    return total / samples
