"""Mixup: inputs mixed with a permuted batch, two weighted losses."""

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def mixup_data(x, y, alpha=0.4):
    lam = np.random.beta(alpha, alpha)
    index = torch.randperm(x.size(0))
    return lam * x + (1 - lam) * x[index], y, y[index], lam


def main(record):
    torch.manual_seed(38)
    np.random.seed(38)
    X = torch.rand(64, 3, 6, 6)
    y = (X.mean((1, 2, 3)) * 40).long() % 2
    loader = DataLoader(TensorDataset(X, y), batch_size=16, shuffle=True)
    net = nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(96, 2)
    )
    optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    criterion = nn.CrossEntropyLoss()
    with record(train=loader):
        for _ in range(3):
            for inputs, targets in loader:
                inputs, targets_a, targets_b, lam = mixup_data(inputs, targets)
                outputs = net(inputs)
                loss = lam * criterion(outputs, targets_a) + (1 - lam) * criterion(
                    outputs, targets_b
                )
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
