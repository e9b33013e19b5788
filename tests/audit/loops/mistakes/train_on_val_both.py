"""Trains on train and validation data one after the other."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "train-on-val"
MISTAKE = "The epoch runs over both loaders with the same steps."


def fit(model, loaders, optimizer):
    model.train()
    for loader in loaders:
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()


def main(record):
    torch.manual_seed(22)
    X = torch.randn(70, 4)
    y = X.sum(1, keepdim=True)
    train = DataLoader(TensorDataset(X[:50], y[:50]), batch_size=10, shuffle=True)
    val = DataLoader(TensorDataset(X[50:], y[50:]), batch_size=10, shuffle=True)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    opt = optim.SGD(model.parameters(), lr=0.02)
    with record(train=train, val=val):
        for _ in range(3):
            fit(model, [train, val], opt)
            model.eval()
            with torch.no_grad():
                [F.mse_loss(model(x), y).item() for x, y in val]
