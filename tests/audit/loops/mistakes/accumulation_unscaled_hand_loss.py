"""Accumulation with a hand-written squared error, batches by slices."""

import torch
from torch import nn, optim

EXPECTED = "accumulation-unscaled"
MISTAKE = "The hand-written mean losses of four slices are summed."


def main(record):
    torch.manual_seed(81)
    X = torch.randn(80, 4)
    y = X @ torch.randn(4, 1)
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    opt = optim.SGD(net.parameters(), lr=0.01)
    with record():
        for _ in range(3):
            for k, i in enumerate(torch.randperm(80).split(10), 1):
                loss = ((net(X[i]) - y[i]) ** 2).mean()
                loss.backward()
                if k % 4 == 0:
                    opt.step()
                    opt.zero_grad()
