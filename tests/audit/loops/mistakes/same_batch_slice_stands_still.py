"""Data mixed anew for every epoch, and batches cut out of it without a loader."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = "same-batch"
MISTAKE = "The slice does not depend on i."


def main(record):
    torch.manual_seed(0)
    x = torch.randn(200, 6)
    y = x.pow(2).sum(1, keepdim=True)
    net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = optim.Adam(net.parameters(), lr=1e-3)
    size = 20
    with record(train=(x, y)):
        for _ in range(4):
            order = torch.randperm(200)
            mixed, targets = x[order], y[order]
            for _i in range(200 // size):
                inputs, wanted = mixed[:size], targets[:size]
                optimizer.zero_grad()
                F.mse_loss(net(inputs), wanted).backward()
                optimizer.step()
