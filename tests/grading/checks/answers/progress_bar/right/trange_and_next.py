from tqdm import trange


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model.train()
    batches = iter(dataloader)
    total, n = 0.0, 0
    with trange(len(dataloader), desc=f"Epoch {epoch}", ascii=True) as bar:
        for _ in bar:
            inputs, targets = next(batches)
            optimizer.zero_grad()
            loss = loss_fn(model(inputs.to(device)), targets.to(device))
            loss.backward()
            optimizer.step()
            bar.set_postfix(train_loss=f"{loss.item():.2e}")
            total += loss.item() * len(targets)
            n += len(targets)
    return total / n
