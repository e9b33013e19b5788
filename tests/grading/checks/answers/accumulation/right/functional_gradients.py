import torch
from torch.func import functional_call, grad_and_value


def train_one_epoch_accumulated(model, dataloader, loss_fn, optimizer, device, accumulation_steps):
    if accumulation_steps < 1:
        raise ValueError("at least 1")
    model.train()

    def summed(parameters, x, y):
        return loss_fn(functional_call(model, parameters, (x,)), y) * len(y)

    everything, group = [], []

    def flush():
        names = dict(model.named_parameters())
        sums, count = {}, sum(n for _, _, n in group)
        for name, p in names.items():
            p.grad = sum(g[name] for g, _, _ in group) / count
        optimizer.step()
        everything.extend((loss, n) for _, loss, n in group)
        group.clear()

    for x, y in dataloader:
        parameters = {k: v.detach() for k, v in model.named_parameters()}
        g, loss = grad_and_value(summed)(parameters, x.to(device), y.to(device))
        group.append((g, loss.item(), len(y)))
        if len(group) >= accumulation_steps:
            flush()
    if group:
        flush()
    return sum(l for l, _ in everything) / sum(n for _, n in everything)
