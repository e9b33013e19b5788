"""The head is exchanged after the optimizer was made."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "optimizer-has-stale-params"
MISTAKE = "net.fc is replaced after the optimizer was built, so the new head never learns."


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten())
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(self.features(x))


def main(record):
    torch.manual_seed(4)
    X = torch.rand(48, 1, 6, 6)
    y = torch.arange(48) % 2
    loader = DataLoader(TensorDataset(X, y), batch_size=12, shuffle=True)
    net = Net()
    with record(train=loader):
        optimizer = optim.SGD(net.parameters(), lr=0.05)
        net.fc = nn.Linear(64, 2)
        for _ in range(3):
            net.train()
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(net(xb), yb).backward()
                optimizer.step()
