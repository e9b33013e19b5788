"""Sigmoid in the model and BCEWithLogitsLoss."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "softmax-before-cross-entropy"
MISTAKE = "The sigmoid is applied twice."


def main(record):
    torch.manual_seed(86)
    X = torch.randn(60, 6)
    y = (X[:, :1] > 0).float()
    loader = DataLoader(TensorDataset(X, y), batch_size=12, shuffle=True)
    net = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 1), nn.Sigmoid())
    opt = optim.Adam(net.parameters(), lr=1e-2)
    criterion = nn.BCEWithLogitsLoss()
    with record(train=loader):
        for _ in range(2):
            for a, b in loader:
                opt.zero_grad()
                criterion(net(a), b).backward()
                opt.step()
