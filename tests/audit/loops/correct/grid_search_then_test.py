"""Learning rates compared on validation with fresh models, test at the very end."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def run(train, val, lr):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Dropout(0.1), nn.Linear(12, 2))
    opt = optim.SGD(net.parameters(), lr=lr)
    for _ in range(2):
        net.train()
        for x, y in train:
            opt.zero_grad()
            F.cross_entropy(net(x), y).backward()
            opt.step()
    return score(net, val), net


def score(net, loader):
    net.eval()
    with torch.no_grad():
        return sum((net(x).argmax(1) == y).sum().item() for x, y in loader)


def main(record):
    torch.manual_seed(64)
    X = torch.randn(120, 5)
    y = (X[:, 0] > 0).long()
    cut = [TensorDataset(X[a:b], y[a:b]) for a, b in ((0, 60), (60, 90), (90, 120))]
    train, val, test = (
        DataLoader(cut[0], 15, shuffle=True),
        DataLoader(cut[1], 15),
        DataLoader(cut[2], 15),
    )
    with record(train=train, val=val, test=test):
        results = [run(train, val, lr) for lr in (0.01, 0.1, 1.0)]
        best = max(results, key=lambda r: r[0])[1]
        score(best, test)
