"""The best epoch is chosen on the test set."""

import copy

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "test-for-selection"
MISTAKE = "The weights kept are those with the best test accuracy."


def accuracy(model, loader):
    model.eval()
    with torch.no_grad():
        hits = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    return hits / len(loader.dataset)


def main(record):
    torch.manual_seed(25)
    X = torch.randn(100, 6)
    y = (X[:, 0] + torch.randn(100) > 0).long()
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=15, shuffle=True)
    test = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=20)
    model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Dropout(0.1), nn.Linear(24, 2))
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    with record(train=train, test=test):
        best_acc, best = 0.0, None
        for _ in range(4):
            model.train()
            for xb, yb in train:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            acc = accuracy(model, test)
            if acc > best_acc:
                best_acc, best = acc, copy.deepcopy(model.state_dict())
        model.load_state_dict(best)
