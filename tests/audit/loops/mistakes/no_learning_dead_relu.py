"""A ReLU after the last layer, all outputs dead."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "no-learning"
MISTAKE = "The outputs are all negative before the ReLU, so every gradient is zero."


def main(record):
    torch.manual_seed(37)
    X = torch.rand(60, 4)
    loader = DataLoader(TensorDataset(X, X.sum(1, keepdim=True)), batch_size=12, shuffle=True)
    net = nn.Sequential(nn.Linear(4, 8), nn.Sigmoid(), nn.Linear(8, 1), nn.ReLU())
    with torch.no_grad():
        net[2].bias.fill_(-20.0)
    opt = optim.SGD(net.parameters(), lr=0.1)
    with record(train=loader):
        for _ in range(3):
            for x, y in loader:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
