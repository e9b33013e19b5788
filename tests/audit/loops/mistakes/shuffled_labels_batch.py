"""Targets permuted on their own in the batch."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "shuffled-labels"
MISTAKE = "The inputs are permuted, the targets are not."


def main(record):
    torch.manual_seed(27)
    X = torch.randn(80, 5)
    y = (X[:, 0] > 0).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=20, shuffle=True)
    model = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 2))
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    with record(train=loader):
        for _ in range(3):
            for xb, yb in loader:
                order = torch.randperm(len(xb))
                loss = F.cross_entropy(model(xb[order]), yb)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
