from tqdm import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    total, samples = 0.0, 0
    bar = tqdm(dataloader, desc=f"Epoch {epoch}", position=1)
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
