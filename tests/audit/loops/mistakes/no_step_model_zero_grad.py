"""Multi-label, model.zero_grad, optimizer made and forgotten."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "no-step"
MISTAKE = "Gradients are computed and cleared, but nothing ever changes the weights."


def main(record):
    torch.manual_seed(14)
    X = torch.randn(64, 9)
    loader = DataLoader(TensorDataset(X, (X[:, :4] > 0).float()), batch_size=16, shuffle=True)
    model = nn.Sequential(nn.Linear(9, 18), nn.ReLU(), nn.Linear(18, 4))
    criterion = nn.BCEWithLogitsLoss()
    with record(train=loader):
        optimizer = optim.AdamW(model.parameters(), lr=1e-3)
        for _ in range(3):
            for x, tags in loader:
                model.zero_grad()
                criterion(model(x), tags).backward()
        optimizer.zero_grad()
