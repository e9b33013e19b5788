"""Batches by hand: inputs and targets each with a permutation of their own."""

import torch
from torch import nn, optim

EXPECTED = "shuffled-labels"
MISTAKE = "Two calls of randperm in each epoch."


def main(record):
    torch.manual_seed(1037)
    x = torch.randn(150, 5)
    y = (x[:, 0] > 0).long()
    net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 2))
    optimizer, criterion = optim.SGD(net.parameters(), lr=0.05), nn.CrossEntropyLoss()
    with record():
        for _ in range(5):
            x_order, y_order = torch.randperm(150), torch.randperm(150)
            for start in range(0, 150, 30):
                a, b = x[x_order[start : start + 30]], y[y_order[start : start + 30]]
                optimizer.zero_grad()
                criterion(net(a), b).backward()
                optimizer.step()
