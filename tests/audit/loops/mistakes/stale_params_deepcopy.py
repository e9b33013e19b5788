"""A deep copy is trained, the optimizer knows the original."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

EXPECTED = "optimizer-has-stale-params"
MISTAKE = "The optimizer was built for the model before it was copied."


def main(record):
    torch.manual_seed(5)
    X = torch.randn(64, 4)
    y = X.prod(1, keepdim=True)
    base = nn.Sequential(nn.Linear(4, 10), nn.Tanh(), nn.Linear(10, 1))
    opt = torch.optim.RMSprop(base.parameters(), lr=1e-3)
    net = copy.deepcopy(base)
    with record():
        for _ in range(10):
            net.zero_grad()
            F.mse_loss(net(X), y).backward()
            opt.step()
