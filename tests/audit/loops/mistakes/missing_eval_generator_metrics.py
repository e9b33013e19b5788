"""Image model whose test at the very end runs in training mode."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "missing-eval-mode"
MISTAKE = "The final test forgets eval()."


def main(record):
    torch.manual_seed(1011)
    y = torch.arange(90) % 3
    x = torch.rand(3, 1, 6, 6)[y] + 0.2 * torch.rand(90, 1, 6, 6)
    train, test = (
        DataLoader(TensorDataset(x[:60], y[:60]), 12, shuffle=True),
        DataLoader(TensorDataset(x[60:], y[60:]), 30),
    )
    net = nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(96, 3)
    )
    optimizer = optim.Adam(net.parameters(), lr=1e-3)
    with record(train=train, test=test):
        net.train()
        for _ in range(3):
            for a, b in train:
                optimizer.zero_grad()
                F.cross_entropy(net(a), b).backward()
                optimizer.step()
        correct = 0
        with torch.no_grad():
            for a, b in test:
                correct += (net(a).argmax(1) == b).sum().item()
