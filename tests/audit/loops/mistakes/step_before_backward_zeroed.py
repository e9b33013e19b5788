"""Classifier: zero_grad, forward, step, backward."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "step-before-backward"
MISTAKE = "optimizer.step() comes before loss.backward(), on cleared gradients."


def main(record):
    torch.manual_seed(10)
    X = torch.randn(64, 6)
    y = (X.sum(1) > 0).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=16, shuffle=True)
    model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with record(train=loader):
        for _ in range(3):
            for x, t in loader:
                optimizer.zero_grad()
                loss = F.cross_entropy(model(x), t)
                optimizer.step()
                loss.backward()
