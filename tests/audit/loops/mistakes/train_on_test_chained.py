"""Training data chained with the test data."""

import itertools

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "train-on-test"
MISTAKE = "The epoch runs over the training loader and then over the test loader."


def main(record):
    torch.manual_seed(24)
    X = torch.randn(80, 6)
    y = X[:, :2].sum(1, keepdim=True)
    train_set, val_set = TensorDataset(X[:50], y[:50]), TensorDataset(X[50:65], y[50:65])
    test_set = TensorDataset(X[65:], y[65:])
    train, val = DataLoader(train_set, 10, shuffle=True), DataLoader(val_set, 10)
    test = DataLoader(test_set, 10, shuffle=True)
    model = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 1))
    opt = optim.Adam(model.parameters(), lr=1e-2)
    with record(train=train, val=val, test=test):
        for _ in range(3):
            model.train()
            for x, t in itertools.chain(train, test):
                opt.zero_grad()
                F.mse_loss(model(x), t).backward()
                opt.step()
            model.eval()
            with torch.no_grad():
                [F.mse_loss(model(x), t).item() for x, t in val]
        with torch.no_grad():
            [F.mse_loss(model(x), t).item() for x, t in test]
