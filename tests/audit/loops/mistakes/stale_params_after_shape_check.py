"""A first model runs once to check shapes; training goes on with a second one."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "optimizer-has-stale-params"
MISTAKE = "The optimizer holds the model that was made for the check."


def main(record):
    torch.manual_seed(1041)
    x = torch.randn(60, 5)
    train = DataLoader(TensorDataset(x, x[:, :1]), 12, shuffle=True)

    def build():
        return nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 1))

    with record(train=train):
        net = build()
        optimizer = optim.Adam(net.parameters(), lr=1e-2)
        assert net(x[:2]).shape == (2, 1)
        net = build()
        for _ in range(3):
            for a, b in train:
                optimizer.zero_grad()
                F.mse_loss(net(a), b).backward()
                optimizer.step()
