"""Two epochs, RMSprop made at the top of each."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "optimizer-recreated"
MISTAKE = "optimizer = ... stands inside the epoch loop."


def main(record):
    torch.manual_seed(79)
    X = torch.rand(60, 1, 5, 5)
    y = X.mean((1, 2, 3))[:, None]
    train = DataLoader(TensorDataset(X[:40], y[:40]), batch_size=10, shuffle=True)
    val = DataLoader(TensorDataset(X[40:], y[40:]), batch_size=10)
    net = nn.Sequential(nn.Flatten(), nn.Linear(25, 8), nn.ReLU(), nn.Linear(8, 1))
    with record(train=train, val=val):
        for _ in range(2):
            optimizer = optim.RMSprop(net.parameters(), lr=1e-3)
            net.train()
            for a, b in train:
                optimizer.zero_grad()
                F.mse_loss(net(a), b).backward()
                optimizer.step()
            net.eval()
            with torch.no_grad():
                [F.mse_loss(net(a), b).item() for a, b in val]
