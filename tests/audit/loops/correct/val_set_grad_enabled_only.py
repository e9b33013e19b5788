"""Validation under torch.set_grad_enabled(False), switched back on by hand."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(26)
    X = torch.randn(80, 6)
    y = (X[:, 1] > 0).long()
    dl = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=15, shuffle=True)
    vl = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=20)
    net = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Dropout(0.5), nn.Linear(20, 2))
    opt = optim.Adam(net.parameters())
    with record(train=dl, val=vl):
        for _ in range(3):
            net.train()
            for a, b in dl:
                opt.zero_grad()
                F.cross_entropy(net(a), b).backward()
                opt.step()
            net.eval()
            torch.set_grad_enabled(False)
            losses = [F.cross_entropy(net(a), b) for a, b in vl]
            sum(losses).item()
            torch.set_grad_enabled(True)
