MISTAKE = "closes the bar inside the loop"
LOSES = ["full_and_closed"]
MESSAGE = "moves no more"

from tqdm.auto import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    total, count = 0.0, 0
    bar = tqdm(total=len(dataloader), desc=f"Epoch {epoch}")
    for inputs, targets in dataloader:
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(targets)
        count += len(targets)
        bar.set_postfix(loss=loss.item())
        bar.update(1)
        bar.close()
    return total / count
