"""Warm-up whose scheduler.step() is called at the top of the loop."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "scheduler-before-optimizer"
MISTAKE = "scheduler.step() before optimizer.step()."


def main(record):
    torch.manual_seed(1019)
    x = torch.randn(64, 6)
    train = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), 16, shuffle=True)
    net = nn.Sequential(nn.Linear(6, 12), nn.GELU(), nn.Linear(12, 2))
    optimizer = optim.AdamW(net.parameters(), lr=1e-2)
    scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 5))
    with record(train=train):
        for _ in range(3):
            for a, b in train:
                scheduler.step()
                optimizer.zero_grad()
                F.cross_entropy(net(a), b).backward()
                optimizer.step()
