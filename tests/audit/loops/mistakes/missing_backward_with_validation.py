"""Regression with validation, scheduler and best model."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-backward"
MISTAKE = "loss.backward() is missing, everything else is there."


def main(record):
    torch.manual_seed(8)
    X = torch.randn(80, 3)
    y = X.sum(1, keepdim=True)
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=20, shuffle=True)
    val = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=20)
    net = nn.Sequential(nn.Linear(3, 10), nn.ReLU(), nn.Dropout(0.1), nn.Linear(10, 1))
    opt = optim.SGD(net.parameters(), lr=0.1)
    sched = optim.lr_scheduler.StepLR(opt, 2)
    with record(train=train, val=val):
        for _ in range(3):
            net.train()
            running = 0.0
            for a, b in train:
                loss = F.mse_loss(net(a), b)
                opt.zero_grad()
                opt.step()
                running += loss.item()
            sched.step()
            net.eval()
            with torch.no_grad():
                [F.mse_loss(net(a), b).item() for a, b in val]
