"""Tutorial loop with validation."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "no-step"
MISTAKE = "optimizer.step() is missing."


def main(record):
    torch.manual_seed(13)
    X = torch.randn(80, 7)
    y = (X[:, 3] > 0).long()
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=15, shuffle=True)
    val = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=20)
    model = nn.Sequential(nn.Linear(7, 12), nn.ReLU(), nn.Dropout(0.2), nn.Linear(12, 2))
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    with record(train=train, val=val):
        for _ in range(3):
            model.train()
            for xb, yb in train:
                optimizer.zero_grad()
                loss = F.cross_entropy(model(xb), yb)
                loss.backward()
            model.eval()
            with torch.no_grad():
                [F.cross_entropy(model(xb), yb).item() for xb, yb in val]
