"""Regression with a running total of tensors."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "loss-graph-retained"
MISTAKE = "total_loss += loss keeps a growing graph."


def train(model, loader, optimizer):
    total_loss = 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        total_loss += loss
    return total_loss / len(loader)


def main(record):
    torch.manual_seed(28)
    X = torch.randn(120, 4)
    loader = DataLoader(TensorDataset(X, X @ torch.randn(4, 1)), batch_size=8, shuffle=True)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    with record(train=loader):
        opt = optim.Adam(model.parameters(), lr=1e-2)
        for _ in range(2):
            train(model, loader, opt)
