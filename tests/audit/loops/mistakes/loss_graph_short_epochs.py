"""Five batches an epoch, the sum starts anew each time."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "loss-graph-retained"
MISTAKE = "running_loss += loss, and .item() only at the end of the epoch."


def main(record):
    torch.manual_seed(76)
    X = torch.rand(50, 1, 6, 6)
    loader = DataLoader(TensorDataset(X, torch.arange(50) % 2), batch_size=10, shuffle=True)
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2))
    opt = optim.SGD(net.parameters(), lr=0.05)
    with record(train=loader):
        for _ in range(3):
            running_loss = 0.0
            for a, b in loader:
                opt.zero_grad()
                loss = F.cross_entropy(net(a), b)
                loss.backward()
                opt.step()
                running_loss += loss * len(a)
            (running_loss / 50).item()
