"""Segmentation; a helper switches to eval in the middle of training and leaves it there."""

import itertools

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-train-mode"
MISTAKE = "check() leaves the model in eval mode, training goes on so."


def check(net, loader):
    net.eval()
    with torch.no_grad():
        return np.mean([F.binary_cross_entropy_with_logits(net(x), m).item() for x, m in loader])


def main(record):
    torch.manual_seed(20)
    M = (torch.rand(40, 1, 6, 6) > 0.5).float()
    X = M + 0.2 * torch.randn_like(M)
    train = DataLoader(TensorDataset(X[:32], M[:32]), batch_size=8, shuffle=True)
    val = DataLoader(TensorDataset(X[32:], M[32:]), batch_size=8)
    net = nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 1, 1)
    )
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with record():
        for step, (x, m) in enumerate(itertools.chain(train, train, train)):
            if step == 3:
                check(net, val)
            loss = F.binary_cross_entropy_with_logits(net(x), m)
            opt.zero_grad()
            loss.backward()
            opt.step()
