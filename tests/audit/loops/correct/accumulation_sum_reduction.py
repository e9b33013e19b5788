"""Accumulation with summed losses: gradients divided by the samples before the step."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(8)
    X = torch.randn(64, 5)
    y = (X.sum(1) > 0).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=8, shuffle=True)
    model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 2))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    criterion = nn.CrossEntropyLoss(reduction="sum")
    with record(train=loader):
        for _ in range(2):
            seen = 0
            for step, (xb, yb) in enumerate(loader, 1):
                criterion(model(xb), yb).backward()
                seen += len(xb)
                if step % 4 == 0:
                    for p in model.parameters():
                        p.grad /= seen
                    optimizer.step()
                    optimizer.zero_grad()
                    seen = 0
