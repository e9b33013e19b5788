"""Regression on a table, targets standardised, test set read once at the end."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(14)
    X = torch.randn(160, 6)
    y = X @ torch.randn(6, 1) + 0.1 * torch.randn(160, 1)
    mean, std = y[:100].mean(), y[:100].std()
    y = (y - mean) / std
    parts = [TensorDataset(X[a:b], y[a:b]) for a, b in ((0, 100), (100, 130), (130, 160))]
    train, val, test = (DataLoader(p, batch_size=20, shuffle=i == 0) for i, p in enumerate(parts))
    model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    criterion = nn.MSELoss()

    def error(loader):
        model.eval()
        with torch.no_grad():
            total = sum(criterion(model(a), b).item() * len(a) for a, b in loader)
        model.train()
        return total / len(loader.dataset)

    with record(train=train, val=val, test=test):
        curve = []
        for _ in range(4):
            epoch_loss = 0.0
            for a, b in train:
                optimizer.zero_grad()
                loss = criterion(model(a), b)
                loss.backward()
                optimizer.step()
                epoch_loss += loss.item() * len(a)
            curve.append((epoch_loss / 100, error(val)))
        error(test)
