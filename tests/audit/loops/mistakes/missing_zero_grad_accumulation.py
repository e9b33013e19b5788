"""Accumulation whose group is never cleared."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-zero-grad"
MISTAKE = "zero_grad is missing after the step of each group."


def main(record):
    torch.manual_seed(62)
    X = torch.randn(64, 5)
    loader = DataLoader(TensorDataset(X, (X[:, 0] > 0).long()), batch_size=8, shuffle=True)
    net = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 2))
    opt = optim.SGD(net.parameters(), lr=0.05)
    with record(train=loader):
        opt.zero_grad()
        for _ in range(3):
            for i, (x, y) in enumerate(loader):
                (F.cross_entropy(net(x), y) / 2).backward()
                if i % 2:
                    opt.step()
