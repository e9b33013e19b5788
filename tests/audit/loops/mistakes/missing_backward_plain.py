"""Plain loop."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-backward"
MISTAKE = "loss.backward() is missing."


def main(record):
    torch.manual_seed(7)
    X, y = torch.randn(60, 5), torch.randint(0, 2, (60,))
    loader = DataLoader(TensorDataset(X, y), batch_size=15, shuffle=True)
    model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 2))
    optimizer = optim.Adam(model.parameters())
    loss_fn = nn.CrossEntropyLoss()
    with record(train=loader):
        for _ in range(3):
            for xb, yb in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(xb), yb)
                optimizer.step()
                loss.item()
