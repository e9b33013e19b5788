"""Widths compared by their accuracy on the test set; the best network is kept as it is."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "test-for-selection"
MISTAKE = "The grid's winner is the best on test."


def hits(network, loader):
    network.eval()
    with torch.no_grad():
        return sum((network(x).argmax(1) == y).sum().item() for x, y in loader)


def main(record):
    torch.manual_seed(1039)
    x = torch.randn(150, 4)
    y = (x[:, 0] > x[:, 1]).long()
    train = DataLoader(TensorDataset(x[:100], y[:100]), 20, shuffle=True)
    test = DataLoader(TensorDataset(x[100:], y[100:]), 25)
    most, winner = -1, None
    with record(train=train, test=test):
        for width in (4, 16, 64):
            network = nn.Sequential(nn.Linear(4, width), nn.Tanh(), nn.Linear(width, 2))
            optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
            for _ in range(2):
                network.train()
                for a, b in train:
                    optimizer.zero_grad()
                    nn.functional.cross_entropy(network(a), b).backward()
                    optimizer.step()
            right = hits(network, test)
            if right > most:
                most, winner = right, network
    return winner
