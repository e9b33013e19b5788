"""Both sets are evaluated each epoch; the test accuracy decides which weights stay."""

import copy

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "test-for-selection"
MISTAKE = "if test_acc > best: keep the weights."


def accuracy(net, loader):
    net.eval()
    with torch.no_grad():
        return sum((net(x).argmax(1) == y).sum().item() for x, y in loader) / len(loader.dataset)


def main(record):
    torch.manual_seed(1034)
    x = torch.randn(180, 5)
    y = (x[:, 0] + 0.5 * torch.randn(180) > 0).long()
    train, val, test = (
        DataLoader(TensorDataset(x[i : i + 60], y[i : i + 60]), 12, shuffle=i == 0)
        for i in (0, 60, 120)
    )
    net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 2))
    optimizer = optim.Adam(net.parameters(), lr=1e-2)
    best, kept = 0.0, None
    with record(train=train, val=val, test=test):
        for _ in range(5):
            net.train()
            for a, b in train:
                optimizer.zero_grad()
                F.cross_entropy(net(a), b).backward()
                optimizer.step()
            val_acc = accuracy(net, val)
            test_acc = accuracy(net, test)
            print(f"{val_acc:.2f} {test_acc:.2f}")
            if test_acc > best:
                best = test_acc
                kept = copy.deepcopy(net.state_dict())
        net.load_state_dict(kept)
