"""The model is made again after the optimizer."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "optimizer-has-stale-params"
MISTAKE = "The optimizer holds the parameters of the first model."


def build():
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3))


def main(record):
    torch.manual_seed(3)
    X = torch.randn(60, 8)
    y = X[:, :3].argmax(1)
    loader = DataLoader(TensorDataset(X, y), batch_size=15, shuffle=True)
    model = build()
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    model = build()
    criterion = nn.CrossEntropyLoss()
    with record(train=loader):
        for _ in range(3):
            for xb, yb in loader:
                optimizer.zero_grad()
                criterion(model(xb), yb).backward()
                optimizer.step()
