"""Uncertainty at the end: dropout layers switched on alone, many passes."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(58)
    X = torch.randn(70, 4)
    y = X.sum(1, keepdim=True)
    train = DataLoader(TensorDataset(X[:50], y[:50]), batch_size=10, shuffle=True)
    test = DataLoader(TensorDataset(X[50:], y[50:]), batch_size=20)
    net = nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Dropout(0.2), nn.Linear(20, 1))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=train, test=test):
        net.train()
        for _ in range(3):
            for a, b in train:
                opt.zero_grad()
                F.mse_loss(net(a), b).backward()
                opt.step()
        net.eval()
        for layer in net.modules():
            if isinstance(layer, nn.Dropout):
                layer.train()
        with torch.no_grad():
            for a, _ in test:
                torch.stack([net(a) for _ in range(5)]).std(0)
