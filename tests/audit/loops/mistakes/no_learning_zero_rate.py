"""The learning rate is zero."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "no-learning"
MISTAKE = "lr = 0.0, nothing moves."


def main(record):
    torch.manual_seed(35)
    X = torch.randn(60, 5)
    y = (X[:, 0] > 0).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=15, shuffle=True)
    model = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 2))
    optimizer = optim.SGD(model.parameters(), lr=0.0)
    with record(train=loader):
        for _ in range(3):
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
