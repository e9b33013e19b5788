from tqdm.auto import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    total, right, seen = 0.0, 0, 0
    with tqdm(dataloader) as bar:
        for inputs, targets in bar:
            bar.set_description(f"Epoch {epoch}")
            inputs, targets = inputs.to(device), targets.to(device)
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = loss_fn(outputs, targets)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(targets)
            right += (outputs.argmax(dim=1) == targets).sum().item()
            seen += len(targets)
            bar.set_postfix(accuracy=f"{right / seen:.1%}", loss=f"{loss.item():.3f}")
    return total / seen
