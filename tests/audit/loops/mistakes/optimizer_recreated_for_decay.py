"""The learning rate decays by a new optimizer in every epoch."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "optimizer-recreated"
MISTAKE = "Adam is made anew with the smaller rate, and forgets its moments."


def main(record):
    torch.manual_seed(0)
    x = torch.randn(160, 6)
    y = x.prod(1, keepdim=True)
    loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
    net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
    lr = 1e-2
    with record(train=loader):
        for _ in range(5):
            optimizer = optim.Adam(net.parameters(), lr=lr)
            lr *= 0.9
            for inputs, targets in loader:
                optimizer.zero_grad()
                F.mse_loss(net(inputs), targets).backward()
                optimizer.step()
