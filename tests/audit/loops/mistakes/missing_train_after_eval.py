"""Never back to training mode after the first validation."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-train-mode"
MISTAKE = "model.train() stands before the epochs and not in them."


def main(record):
    torch.manual_seed(19)
    X = torch.randn(80, 8)
    y = (X[:, 0] > 0).long()
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=12, shuffle=True)
    val = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=20)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Dropout(0.4), nn.Linear(32, 2))
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    loss_fn = nn.CrossEntropyLoss()
    with record(train=train, val=val):
        model.train()
        for _ in range(3):
            for xb, yb in train:
                optimizer.zero_grad()
                loss = loss_fn(model(xb), yb)
                loss.backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                sum(loss_fn(model(xb), yb).item() for xb, yb in val)
