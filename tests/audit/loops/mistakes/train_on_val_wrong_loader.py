"""The wrong loader in the training loop."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "train-on-val"
MISTAKE = "The training loop iterates over val_loader."


def main(record):
    torch.manual_seed(21)
    X = torch.randn(90, 5)
    y = (X[:, 0] > 0).long()
    train_loader = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=15, shuffle=True)
    val_loader = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=15)
    model = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 2))
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    with record(train=train_loader, val=val_loader):
        for _ in range(3):
            model.train()
            for xb, yb in val_loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                [F.cross_entropy(model(xb), yb).item() for xb, yb in val_loader]
