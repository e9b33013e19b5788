"""Tiny data set: the loader has a single batch, so every epoch sees the same one."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(31)
    X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    Y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
    loader = DataLoader(TensorDataset(X, Y), batch_size=4)
    xor = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid())
    optimizer = optim.SGD(xor.parameters(), lr=1.0)
    criterion = nn.BCELoss()
    with record(train=loader):
        for _ in range(30):
            for inputs, labels in loader:
                optimizer.zero_grad()
                loss = criterion(xor(inputs), labels)
                loss.backward()
                optimizer.step()
