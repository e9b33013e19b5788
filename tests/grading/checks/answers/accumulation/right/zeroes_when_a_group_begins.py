def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError("accumulation_steps")
    model.train()
    k, total, n, last = accumulation_steps, 0.0, 0, len(dataloader) - 1
    for i, (x, y) in enumerate(dataloader):
        if i % k == 0:
            optimizer.zero_grad()
            group = 0
        loss = loss_fn(model(x.to(device)), y.to(device)) * len(y)
        loss.backward()
        group += len(y)
        total += loss.item()
        n += len(y)
        if i % k == k - 1 or i == last:
            for p in (p for g in optimizer.param_groups for p in g["params"] if p.grad is not None):
                p.grad.div_(group)
            optimizer.step()
    return total / n
