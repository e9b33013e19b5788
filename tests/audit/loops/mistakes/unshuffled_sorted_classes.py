"""Data sorted by class, loader without shuffle."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "unshuffled-training"
MISTAKE = "shuffle=True is missing and the classes come one after the other."


def main(record):
    torch.manual_seed(33)
    y = torch.arange(90) // 30
    X = torch.randn(90, 5) + y[:, None]
    loader = DataLoader(TensorDataset(X, y), batch_size=10)
    model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer = optim.SGD(model.parameters(), lr=0.05)
    with record(train=loader):
        for _ in range(3):
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
