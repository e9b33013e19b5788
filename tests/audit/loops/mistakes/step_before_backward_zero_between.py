"""All three calls are there, and backward() is the last of them."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "step-before-backward"
MISTAKE = "The order is zero_grad(), step(), backward()."


def main(record):
    torch.manual_seed(1042)
    x = torch.randn(80, 6)
    train = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), 16, shuffle=True)
    net = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2))
    optimizer = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=train):
        for _ in range(3):
            for a, b in train:
                loss = F.cross_entropy(net(a), b)
                optimizer.zero_grad()
                optimizer.step()
                loss.backward()
