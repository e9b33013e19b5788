"""CNN with batch norm; nothing told to record."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-eval-mode"
MISTAKE = "The test pass runs in training mode and updates the running statistics."


def main(record):
    torch.manual_seed(17)
    X = torch.rand(60, 1, 7, 7)
    y = (X[:, 0, 3].sum(1) > 3.5).long()
    train = DataLoader(TensorDataset(X[:40], y[:40]), batch_size=10, shuffle=True)
    test = DataLoader(TensorDataset(X[40:], y[40:]), batch_size=10)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(100, 2)
    )
    opt = optim.SGD(net.parameters(), lr=0.05)
    with record():
        for _ in range(3):
            net.train()
            for a, b in train:
                opt.zero_grad()
                F.cross_entropy(net(a), b).backward()
                opt.step()
        correct = 0
        with torch.no_grad():
            for a, b in test:
                correct += (net(a).argmax(1) == b).sum().item()
