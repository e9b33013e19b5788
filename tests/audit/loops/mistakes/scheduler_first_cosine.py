"""Cosine schedule at the top of each epoch; nothing told to record."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "scheduler-before-optimizer"
MISTAKE = "scheduler.step() opens the epoch."


def main(record):
    torch.manual_seed(77)
    X = torch.randn(60, 4)
    y = X[:, :3].argmax(1)
    loader = DataLoader(TensorDataset(X, y), batch_size=20, shuffle=True)
    net = nn.Linear(4, 3)
    opt = optim.SGD(net.parameters(), lr=0.1)
    schedule = optim.lr_scheduler.CosineAnnealingLR(opt, 4)
    with record():
        for _ in range(4):
            schedule.step()
            for a, b in loader:
                F.cross_entropy(net(a), b).backward()
                opt.step()
                opt.zero_grad()
