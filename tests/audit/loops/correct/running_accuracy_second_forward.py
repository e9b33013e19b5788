"""Batch accuracy from a second forward on the training batch, after the step."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(68)
    X = torch.randn(64, 5)
    y = (X[:, 0] > 0).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=16, shuffle=True)
    net = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Dropout(0.2), nn.Linear(12, 2))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=loader):
        accuracies = []
        for _ in range(2):
            for a, b in loader:
                opt.zero_grad()
                F.cross_entropy(net(a), b).backward()
                opt.step()
                with torch.no_grad():
                    accuracies.append((net(a).argmax(1) == b).float().mean().item())
