"""All three loaders go through the training loop."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "train-on-test"
MISTAKE = "for loader in (train, test) in the training part."


def main(record):
    torch.manual_seed(1033)
    x = torch.randn(90, 4)
    y = (x[:, 0] > 0).long()
    train, test = (
        DataLoader(TensorDataset(x[:60], y[:60]), 12, shuffle=True),
        DataLoader(TensorDataset(x[60:], y[60:]), 15),
    )
    net = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 2))
    optimizer = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=train, test=test):
        for _ in range(3):
            net.train()
            for loader in (train, test):
                for a, b in loader:
                    optimizer.zero_grad()
                    F.cross_entropy(net(a), b).backward()
                    optimizer.step()
        net.eval()
        with torch.no_grad():
            [(net(a).argmax(1) == b).sum() for a, b in test]
