"""A schedule that multiplies the rate by zero from the start."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "no-learning"
MISTAKE = "LambdaLR with integer division gives a factor of 0."


def main(record):
    torch.manual_seed(36)
    X = torch.randn(80, 4)
    loader = DataLoader(TensorDataset(X, X.sum(1, keepdim=True)), batch_size=10, shuffle=True)
    net = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 1))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    warmup = 100
    schedule = optim.lr_scheduler.LambdaLR(opt, lambda step: (step + 1) // warmup)
    with record(train=loader):
        for _ in range(3):
            for x, y in loader:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
                schedule.step()
