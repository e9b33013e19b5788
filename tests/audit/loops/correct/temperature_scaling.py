"""Calibration: after training, one temperature is fitted on the validation logits."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(51)
    X = torch.randn(90, 5)
    y = X[:, :3].argmax(1)
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=20, shuffle=True)
    val = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=30)
    model = nn.Linear(5, 3)
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    with record(train=train, val=val):
        for _ in range(3):
            for xb, yb in train:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
        temperature = nn.Parameter(torch.ones(1))
        fit = optim.LBFGS([temperature], lr=0.1, max_iter=5)
        model.eval()
        for xb, yb in val:
            with torch.no_grad():
                logits = model(xb)

            def closure(logits=logits, yb=yb):
                fit.zero_grad()
                loss = F.cross_entropy(logits / temperature, yb)
                loss.backward()
                return loss

            fit.step(closure)
