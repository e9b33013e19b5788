"""Sanity check: one batch is drawn once and trained on deliberately."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(32)
    X = torch.randn(64, 12)
    y = torch.randint(0, 4, (64,))
    loader = DataLoader(TensorDataset(X, y), batch_size=8, shuffle=True)
    model = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 4))
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    loss_fn = nn.CrossEntropyLoss()
    with record(train=loader):
        inputs, targets = next(iter(loader))
        for _ in range(25):
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
