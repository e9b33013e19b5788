"""A collate function that shuffles the targets."""

import random

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "shuffled-labels"
MISTAKE = "collate returns the targets in another order than the inputs."


def collate(samples):
    xs, ys = zip(*samples, strict=True)
    ys = list(ys)
    random.shuffle(ys)
    return torch.stack(xs), torch.stack(ys)


def main(record):
    torch.manual_seed(28)
    random.seed(28)
    X = torch.randn(72, 4)
    data = TensorDataset(X, X.sum(1, keepdim=True))
    loader = DataLoader(data, batch_size=12, shuffle=True, collate_fn=collate)
    net = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 1))
    opt = optim.SGD(net.parameters(), lr=0.05)
    with record(train=loader):
        for _ in range(3):
            for x, t in loader:
                opt.zero_grad()
                F.mse_loss(net(x), t).backward()
                opt.step()
