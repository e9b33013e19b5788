"""The optimizer is made in the epoch function."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "optimizer-recreated"
MISTAKE = "A new Adam in every epoch forgets its moments."


def train_epoch(model, loader):
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()


def main(record):
    torch.manual_seed(6)
    X = torch.randn(60, 6)
    y = (X[:, 2] > 0).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=15, shuffle=True)
    model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2))
    with record(train=loader):
        for _ in range(4):
            train_epoch(model, loader)
