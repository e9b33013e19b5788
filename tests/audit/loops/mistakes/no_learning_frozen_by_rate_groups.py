"""Every parameter group gets a rate of zero by a wrong unit in the settings."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "no-learning"
MISTAKE = "lr = 1e-4 * 1e-8."


def main(record):
    torch.manual_seed(1040)
    x = torch.randn(80, 5)
    train = DataLoader(TensorDataset(x, x[:, :1]), 16, shuffle=True)
    net = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 1))
    optimizer = optim.SGD([{"params": [p]} for p in net.parameters()], lr=1e-4 * 1e-8)
    with record(train=train):
        for _ in range(4):
            for a, b in train:
                optimizer.zero_grad()
                F.mse_loss(net(a), b).backward()
                optimizer.step()
