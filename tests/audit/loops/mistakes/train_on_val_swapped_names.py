"""The two loaders are swapped in the call of fit."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "train-on-val"
MISTAKE = "fit(model, val, train)."


def fit(model, train_loader, val_loader, epochs):
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    for _ in range(epochs):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            F.mse_loss(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            for x, y in val_loader:
                F.mse_loss(model(x), y)


def main(record):
    torch.manual_seed(1032)
    x = torch.randn(100, 4)
    train = DataLoader(TensorDataset(x[:80], x[:80, :1]), 16, shuffle=True)
    val = DataLoader(TensorDataset(x[80:], x[80:, :1]), 10)
    with record(train=train, val=val):
        fit(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)), val, train, 3)
