from itertools import islice


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps <= 0:
        raise ValueError(accumulation_steps)
    model.train()
    it, told = iter(dataloader), []
    while True:
        group = [(x.to(device), y.to(device)) for x, y in islice(it, accumulation_steps)]
        if not group:
            break
        size = sum(y.numel() for _, y in group)

        def closure():
            optimizer.zero_grad()
            whole = 0.0
            for x, y in group:
                part = loss_fn(model.forward(x), y) * (y.numel() / size)
                part.backward()
                whole += part.item()
            told.append((whole * size, size))
            return whole

        optimizer.step(closure)
        optimizer.zero_grad()
    sums, sizes = zip(*told)
    return sum(sums) / sum(sizes)
