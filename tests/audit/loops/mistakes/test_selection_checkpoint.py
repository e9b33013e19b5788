"""The checkpoint with the lowest test loss is kept."""

import math
import os
import tempfile

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "test-for-selection"
MISTAKE = "torch.save follows the test loss."


def main(record):
    torch.manual_seed(88)
    X = torch.randn(90, 4)
    y = X.sum(1, keepdim=True)
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=12, shuffle=True)
    test = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=15)
    net = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 1))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with tempfile.TemporaryDirectory() as folder, record(train=train, test=test):
        lowest = math.inf
        for _ in range(4):
            net.train()
            for a, b in train:
                opt.zero_grad()
                F.mse_loss(net(a), b).backward()
                opt.step()
            net.eval()
            with torch.no_grad():
                loss = sum(F.mse_loss(net(a), b).item() for a, b in test)
            if loss < lowest:
                lowest = loss
                torch.save(net.state_dict(), os.path.join(folder, "best.pt"))
