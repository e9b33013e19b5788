from tqdm.auto import tqdm


def shown(loader, epoch):
    with tqdm(total=len(loader)) as bar:
        bar.set_description_str(f"Epoch {epoch}")
        for batch in loader:
            loss = yield batch
            while loss is not None:
                bar.set_postfix({"loss": f"{loss:.3e}"})
                bar.update()
                loss = yield
        bar.refresh()


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    total = samples = 0
    steps = shown(dataloader, epoch)
    for inputs, targets in steps:
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
        samples += len(inputs)
        steps.send(loss.item())
    return total / samples
