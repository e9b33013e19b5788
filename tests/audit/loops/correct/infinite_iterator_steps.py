"""Counting steps, not epochs: an endless iterator over a shuffled loader."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def cycle(loader):
    while True:
        yield from loader


def main(record):
    torch.manual_seed(29)
    X, y = torch.randn(40, 7), torch.randint(0, 2, (40,))
    loader = DataLoader(TensorDataset(X, y), batch_size=10, shuffle=True)
    stream = cycle(loader)
    model = nn.Sequential(nn.Linear(7, 9), nn.SiLU(), nn.Linear(9, 2))
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    warmup = optim.lr_scheduler.LinearLR(optimizer, 0.1, 1.0, total_iters=5)
    with record(train=loader):
        for _ in range(15):
            xb, yb = next(stream)
            loss = F.cross_entropy(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            warmup.step()
