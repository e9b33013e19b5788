from copy import deepcopy
from typing import NamedTuple

import torch
from torch import nn

from course_lib import train_one_epoch


class Result(NamedTuple):
    model: nn.Module
    history: dict


def train_with_early_stopping(
    model: nn.Module,
    train_loader,
    val_loader,
    loss_fn,
    optimizer: torch.optim.Optimizer,
    device="cpu",
    max_epochs: int = 10,
    patience: int = 3,
) -> Result:
    if patience <= 0:
        raise ValueError(f"patience={patience}")
    lists = {name: [] for name in ("train_loss", "val_loss", "val_accuracy")}
    best, left = None, patience
    for _epoch in range(max_epochs):
        lists["train_loss"].append(train_one_epoch(model, train_loader, loss_fn, optimizer, device))
        model.eval()
        torch.set_grad_enabled(False)
        loss_sum = right = n = 0
        batches = iter(val_loader)
        while True:
            try:
                x, y = next(batches)
            except StopIteration:
                break
            scores = model(x.to(device))
            loss_sum = loss_sum + loss_fn(scores, y.to(device)).double() * len(x)
            right += int((scores.max(1).indices == y.to(device)).sum())
            n += len(x)
        torch.set_grad_enabled(True)
        lists["val_loss"].append(loss_sum.item() / n)
        lists["val_accuracy"].append(right / n)
        current = lists["val_loss"][-1]
        if current == current and (best is None or current < best[0]):
            best, left = (current, deepcopy(model).state_dict()), patience
        else:
            left -= 1
        if left == 0:
            break
    if best:
        with torch.no_grad():
            for name, value in model.state_dict().items():
                value.copy_(best[1][name])
    return Result(model, lists)
