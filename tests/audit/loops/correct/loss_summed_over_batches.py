"""Losses of three batches summed, one backward for the group."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(69)
    X = torch.randn(96, 4)
    loader = DataLoader(TensorDataset(X, X[:, :1] - X[:, 1:2]), batch_size=8, shuffle=True)
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    opt = optim.SGD(net.parameters(), lr=0.05)
    with record(train=loader):
        for _ in range(2):
            group = []
            for a, b in loader:
                group.append(F.mse_loss(net(a), b))
                if len(group) == 3:
                    opt.zero_grad()
                    torch.stack(group).mean().backward()
                    opt.step()
                    group = []
