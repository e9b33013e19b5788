"""A learning rate of 1e-12."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "no-learning"
MISTAKE = "The rate is far too small for float32 weights to move."


def main(record):
    torch.manual_seed(92)
    X = torch.randn(60, 4)
    y = X[:, :2].argmax(1)
    loader = DataLoader(TensorDataset(X, y), batch_size=12, shuffle=True)
    net = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 2))
    opt = optim.SGD(net.parameters(), lr=1e-12, momentum=0.9)
    with record(train=loader):
        for _ in range(3):
            for a, b in loader:
                opt.zero_grad()
                F.cross_entropy(net(a), b).backward()
                opt.step()
