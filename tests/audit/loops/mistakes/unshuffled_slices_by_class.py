"""Batches cut out of sorted tensors, from the first row to the last."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = "unshuffled-training"
MISTAKE = "The rows are never mixed: class after class."


def main(record):
    torch.manual_seed(0)
    y = torch.arange(180) // 60
    x = torch.randn(3, 10)[y] + 0.5 * torch.randn(180, 10)
    net = nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, 3))
    optimizer = optim.Adam(net.parameters(), lr=1e-3)
    with record(train=(x, y)):
        for _ in range(5):
            for i in range(0, 180, 15):
                optimizer.zero_grad()
                F.cross_entropy(net(x[i : i + 15]), y[i : i + 15]).backward()
                optimizer.step()
