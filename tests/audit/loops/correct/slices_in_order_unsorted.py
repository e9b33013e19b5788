"""Slices of tensors from the first to the last, of samples that are in no order."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = None


def main(record):
    torch.manual_seed(0)
    x = torch.randn(120, 5)
    y = (x[:, 0] > 0).long()
    net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 2))
    optimizer = optim.Adam(net.parameters(), lr=1e-3)
    with record():
        for _ in range(4):
            for i in range(0, 120, 20):
                loss = F.cross_entropy(net(x[i : i + 20]), y[i : i + 20])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
