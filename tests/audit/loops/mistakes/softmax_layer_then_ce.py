"""Softmax as the last layer, CrossEntropyLoss."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "softmax-before-cross-entropy"
MISTAKE = "The model ends in nn.Softmax and the loss applies it again."


def main(record):
    torch.manual_seed(18)
    X = torch.randn(75, 6)
    y = X[:, :3].argmax(1)
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=15, shuffle=True)
    val = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=15)
    model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3), nn.Softmax(dim=1))
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    loss_fn = nn.CrossEntropyLoss()
    with record(train=train, val=val):
        for _ in range(3):
            model.train()
            for xb, yb in train:
                optimizer.zero_grad()
                loss_fn(model(xb), yb).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                [loss_fn(model(xb), yb).item() for xb, yb in val]
