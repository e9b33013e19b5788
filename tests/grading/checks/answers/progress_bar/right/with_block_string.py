from tqdm.auto import tqdm


def train_one_epoch_with_progress(
    model, dataloader, loss_fn, optimizer, device, epoch, leave=False
):
    model.train()
    losses, counts = [], []
    with tqdm(total=len(dataloader), leave=leave, unit="batch", dynamic_ncols=True) as progress:
        progress.set_description(f"Epoch {epoch}")
        for x, y in dataloader:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.detach())
            counts.append(len(y))
            progress.set_postfix_str(f"loss={loss:.3f}", refresh=False)
            progress.update()
    return float(sum(l * n for l, n in zip(losses, counts)) / sum(counts))
