"""No layer cares about the mode, so nobody calls eval; only no_grad."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(67)
    X = torch.randn(80, 5)
    y = X.abs().sum(1, keepdim=True)
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=15, shuffle=True)
    val = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=20)
    mlp = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
    opt = optim.Adam(mlp.parameters(), lr=1e-2)
    with record(train=train, val=val):
        for _ in range(3):
            for a, b in train:
                opt.zero_grad()
                F.mse_loss(mlp(a), b).backward()
                opt.step()
            with torch.no_grad():
                [F.mse_loss(mlp(a), b).item() for a, b in val]
