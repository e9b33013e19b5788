"""Classifier with dropout; validation under no_grad."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-eval-mode"
MISTAKE = "model.eval() is missing before validation."


def validate(model, loader, loss_fn):
    total = 0.0
    with torch.no_grad():
        for x, y in loader:
            total += loss_fn(model(x), y).item()
    return total / len(loader)


def main(record):
    torch.manual_seed(16)
    X = torch.randn(90, 8)
    y = X[:, :3].argmax(1)
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=15, shuffle=True)
    val = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=15)
    model = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Dropout(0.5), nn.Linear(24, 3))
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    loss_fn = nn.CrossEntropyLoss()
    with record(train=train, val=val):
        for _ in range(3):
            model.train()
            for xb, yb in train:
                optimizer.zero_grad()
                loss_fn(model(xb), yb).backward()
                optimizer.step()
            validate(model, val, loss_fn)
