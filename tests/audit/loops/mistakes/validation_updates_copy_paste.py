"""Validation copied from training, with backward and step left in."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "validation-updates-weights"
MISTAKE = "The validation loop calls backward and step."


def main(record):
    torch.manual_seed(25)
    X = torch.randn(90, 6)
    y = X[:, :3].argmax(1)
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=15, shuffle=True)
    val = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=15)
    model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    criterion = nn.CrossEntropyLoss()
    with record(train=train, val=val):
        for _ in range(3):
            model.train()
            for xb, yb in train:
                optimizer.zero_grad()
                loss = criterion(model(xb), yb)
                loss.backward()
                optimizer.step()
            model.eval()
            for xb, yb in val:
                optimizer.zero_grad()
                loss = criterion(model(xb), yb)
                loss.backward()
                optimizer.step()
