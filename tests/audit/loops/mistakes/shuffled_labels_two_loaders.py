"""Inputs and targets in two loaders, each shuffled on its own."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
)

EXPECTED = "shuffled-labels"
MISTAKE = "Two shuffled loaders are zipped."


def main(record):
    torch.manual_seed(89)
    X = torch.randn(60, 4)
    y = X.sum(1, keepdim=True)
    inputs = DataLoader(X, batch_size=12, shuffle=True)
    targets = DataLoader(y, batch_size=12, shuffle=True)
    net = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 1))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with record():
        for _ in range(3):
            for a, b in zip(inputs, targets, strict=True):
                opt.zero_grad()
                F.mse_loss(net(a), b).backward()
                opt.step()
