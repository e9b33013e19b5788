"""run_epoch learns where it is given an optimizer, and validation gives it one, too."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "validation-updates-weights"
MISTAKE = "run_epoch(model, val, optimizer) instead of run_epoch(model, val)."


def run_epoch(model, loader, optimizer=None):
    model.train(optimizer is not None)
    total = 0.0
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total += loss.item()
    return total / len(loader)


def main(record):
    torch.manual_seed(28)
    y = torch.randint(3, (240,))
    x = torch.randn(240, 6) + F.one_hot(y, 6)
    train = DataLoader(TensorDataset(x[:180], y[:180]), 30, shuffle=True)
    val = DataLoader(TensorDataset(x[180:], y[180:]), 30)
    model = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 3))
    optimizer = optim.Adam(model.parameters(), 1e-2)
    with record(train=train, val=val):
        for _ in range(3):
            run_epoch(model, train, optimizer)
            run_epoch(model, val, optimizer)
