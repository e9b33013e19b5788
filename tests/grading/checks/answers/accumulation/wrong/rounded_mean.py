MISTAKE = "returns a rounded mean"
LOSES = ["mean_loss"]
MESSAGE = "comes back rounded"

import torch


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps <= 0:
        raise ValueError("at least one batch in each group")
    model.train()
    parameters = [p for p in model.parameters() if p.requires_grad]
    sums, count = [torch.zeros_like(p) for p in parameters], 0
    total, samples, pending = torch.tensor(0.0, dtype=torch.float64), 0, 0

    def step():
        nonlocal sums, count, pending
        for p, s in zip(parameters, sums):
            p.grad = s / count
        optimizer.step()
        sums, count, pending = [torch.zeros_like(p) for p in parameters], 0, 0

    for x, y in dataloader:
        loss = loss_fn(model(x.to(device)), y.to(device)) * y.shape[0]
        gradients = torch.autograd.grad(loss, parameters)
        sums = [s + g for s, g in zip(sums, gradients)]
        count += y.shape[0]
        samples += y.shape[0]
        total += loss.detach().double()
        pending += 1
        if pending == accumulation_steps:
            step()
    if pending:
        step()
    return round((total / samples).item(), 2)
