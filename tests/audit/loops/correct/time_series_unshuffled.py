"""Forecasting: windows of a series in order of time, LSTM, no shuffling on purpose."""

import math

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 12, batch_first=True)
        self.head = nn.Linear(12, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out[:, -1])


def main(record):
    torch.manual_seed(34)
    series = torch.sin(torch.arange(0, 24, 0.2)) + 0.05 * torch.randn(120)
    windows = series.unfold(0, 11, 1)
    X, y = windows[:, :10].unsqueeze(-1), windows[:, 10:]
    train = DataLoader(TensorDataset(X[:80], y[:80]), batch_size=16, shuffle=False)
    val = DataLoader(TensorDataset(X[80:], y[80:]), batch_size=16, shuffle=False)
    model = Forecaster()
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    loss_fn = nn.MSELoss()
    with record(train=train, val=val):
        for _ in range(3):
            model.train()
            for xb, yb in train:
                loss = loss_fn(model(xb), yb)
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
            model.eval()
            with torch.no_grad():
                math.sqrt(np.mean([loss_fn(model(xb), yb).item() for xb, yb in val]))
