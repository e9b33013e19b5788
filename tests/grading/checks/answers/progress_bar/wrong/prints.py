MISTAKE = "prints instead of a bar"
LOSES = ["one_bar", "total", "description", "postfix", "advances", "full_and_closed"]
MESSAGE = "no tqdm bar"

from tqdm import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    total, samples = 0.0, 0
    for inputs, targets in dataloader:
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(targets)
        samples += len(targets)
        print(f"Epoch {epoch}: loss={loss.item():.3f}")
    return total / samples
