"""One epoch function for both; the flag is forgotten around step."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "validation-updates-weights"
MISTAKE = "run_epoch steps in both phases, in eval mode for validation."


def run_epoch(model, loader, optimizer, training):
    if training:
        model.train()
    else:
        model.eval()
    for x, y in loader:
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def main(record):
    torch.manual_seed(26)
    X = torch.randn(60, 5)
    y = X.sum(1, keepdim=True)
    train = DataLoader(TensorDataset(X[:40], y[:40]), batch_size=10, shuffle=True)
    val = DataLoader(TensorDataset(X[40:], y[40:]), batch_size=10)
    model = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Dropout(0.2), nn.Linear(10, 1))
    optimizer = optim.SGD(model.parameters(), lr=0.02)
    with record(train=train, val=val):
        for _ in range(3):
            run_epoch(model, train, optimizer, True)
            run_epoch(model, val, optimizer, False)
