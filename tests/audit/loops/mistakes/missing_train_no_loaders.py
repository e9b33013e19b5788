"""Batch norm regression; nothing told to record; validation in a function."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-train-mode"
MISTAKE = "validate() calls eval() and nobody calls train() again."


def validate(model, loader):
    model.eval()
    with torch.inference_mode():
        return sum(F.mse_loss(model(x), y).item() for x, y in loader) / len(loader)


def main(record):
    torch.manual_seed(71)
    X = torch.randn(80, 4)
    y = X.sum(1, keepdim=True)
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=12, shuffle=True)
    val = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=10)
    model = nn.Sequential(nn.Linear(4, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 1))
    opt = optim.Adam(model.parameters(), lr=1e-2)
    with record():
        for _ in range(3):
            for a, b in train:
                opt.zero_grad()
                loss = F.mse_loss(model(a), b)
                loss.backward()
                opt.step()
            validate(model, val)
