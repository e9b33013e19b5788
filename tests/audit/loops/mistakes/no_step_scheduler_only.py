"""Only the scheduler is stepped."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "no-step"
MISTAKE = "scheduler.step() is called in place of optimizer.step()."


def main(record):
    torch.manual_seed(68)
    X = torch.randn(60, 4)
    loader = DataLoader(TensorDataset(X, X.sum(1, keepdim=True)), batch_size=12, shuffle=True)
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    opt = optim.SGD(net.parameters(), lr=0.1)
    scheduler = optim.lr_scheduler.StepLR(opt, 10)
    with record(train=loader):
        for _ in range(2):
            for x, y in loader:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                scheduler.step()
