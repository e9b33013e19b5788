"""After early stopping on validation data: as many epochs again, on training and validation data,
one call of train_epoch after the other.
"""

import copy

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def train_epoch(model, loader, optimizer):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        F.mse_loss(model(x), y).backward()
        optimizer.step()


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    return sum(F.mse_loss(model(x), y).item() for x, y in loader)


def main(record):
    torch.manual_seed(5)
    x = torch.randn(240, 6)
    y = x[:, :1] * x[:, 1:2] + 0.1 * torch.randn(240, 1)
    loaders = [
        DataLoader(TensorDataset(x[s], y[s]), 20, shuffle=True)
        for s in (slice(160), slice(160, 200), slice(200, 240))
    ]
    train, val, test = loaders
    fresh = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Dropout(0.1), nn.Linear(32, 1))
    with record(train=train, val=val, test=test):
        model = copy.deepcopy(fresh)
        optimizer = optim.Adam(model.parameters(), 1e-2)
        losses = []
        for _ in range(4):
            train_epoch(model, train, optimizer)
            losses.append(evaluate(model, val))
        final = copy.deepcopy(fresh)
        optimizer = optim.Adam(final.parameters(), 1e-2)
        for _ in range(1 + losses.index(min(losses))):
            train_epoch(final, train, optimizer)
            train_epoch(final, val, optimizer)
        evaluate(final, test)
