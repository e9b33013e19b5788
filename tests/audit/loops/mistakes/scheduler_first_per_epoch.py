"""Old habit: scheduler.step() at the top of the epoch."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "scheduler-before-optimizer"
MISTAKE = "scheduler.step() opens the epoch, before any optimizer step."


def main(record):
    torch.manual_seed(31)
    X = torch.rand(48, 1, 6, 6)
    loader = DataLoader(TensorDataset(X, X.mean((1, 2, 3))[:, None]), batch_size=12, shuffle=True)
    val = DataLoader(TensorDataset(X[:12], X[:12].mean((1, 2, 3))[:, None]), batch_size=12)
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 1))
    optimizer = optim.Adam(net.parameters(), lr=1e-2)
    scheduler = optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 2], gamma=0.5)
    with record(train=loader, val=val):
        for _ in range(3):
            scheduler.step()
            net.train()
            for x, y in loader:
                optimizer.zero_grad()
                F.mse_loss(net(x), y).backward()
                optimizer.step()
            net.eval()
            with torch.no_grad():
                [F.mse_loss(net(x), y).item() for x, y in val]
