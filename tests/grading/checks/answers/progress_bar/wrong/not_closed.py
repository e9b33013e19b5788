MISTAKE = "never closes the bar"
LOSES = ["full_and_closed"]
MESSAGE = "never closed"

from tqdm.auto import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    total, samples = 0.0, 0
    bar = tqdm(total=len(dataloader), desc=f"Epoch {epoch}")
    for inputs, targets in dataloader:
        loss = loss_fn(model(inputs.to(device)), targets.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * targets.size(0)
        samples += targets.size(0)
        bar.set_postfix({"loss": f"{loss.item():.4f}"})
        bar.update(1)
    return total / samples
