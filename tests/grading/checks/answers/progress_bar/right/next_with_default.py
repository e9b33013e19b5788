from tqdm import tqdm


def train_one_epoch_with_progress(model, dataloader, loss_fn, optimizer, device, epoch):
    model = model.train()
    batches = iter(dataloader)
    losses, sizes = [], []
    bar = tqdm(desc="Epoch %d" % epoch, total=len(dataloader), ncols=80)
    try:
        while (batch := next(batches, None)) is not None:
            x, y = (t.to(device, non_blocking=True) for t in batch)
            optimizer.zero_grad()
            loss = loss_fn(model.forward(x), y)
            loss.backward()
            optimizer.step()
            losses += [loss.item()]
            sizes += [y.shape[0]]
            bar.set_postfix_str("loss: " + format(losses[-1], ".2f"))
            bar.update()
    finally:
        bar.close()
    return sum(l * s for l, s in zip(losses, sizes)) / sum(sizes)
