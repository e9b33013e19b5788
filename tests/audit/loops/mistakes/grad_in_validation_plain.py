"""Classifier; eval() but no no_grad."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "grad-in-validation"
MISTAKE = "Validation runs with gradients on."


def main(record):
    torch.manual_seed(22)
    X = torch.randn(80, 6)
    y = (X[:, 0] > 0).long()
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=15, shuffle=True)
    val = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=10)
    model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Dropout(0.1), nn.Linear(12, 2))
    optimizer = optim.Adam(model.parameters())
    with record(train=train, val=val):
        for _ in range(3):
            model.train()
            for xb, yb in train:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            model.eval()
            val_loss = 0.0
            for xb, yb in val:
                val_loss += F.cross_entropy(model(xb), yb).item()
