"""Kaggle fold: dropout and batch norm stay active in the validation."""

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "missing-eval-mode"
MISTAKE = "model.eval() is missing."


def main(record):
    torch.manual_seed(1010)
    X = torch.randn(100, 6)
    y = (X[:, :1] > 0).float()
    train_dl = DataLoader(TensorDataset(X[:80], y[:80]), 16, shuffle=True)
    valid_dl = DataLoader(TensorDataset(X[80:], y[80:]), 20)
    model = nn.Sequential(
        nn.BatchNorm1d(6), nn.Linear(6, 16), nn.SiLU(), nn.Dropout(0.3), nn.Linear(16, 1)
    )
    opt, loss_fn = optim.Adam(model.parameters(), lr=1e-2), nn.BCEWithLogitsLoss()
    with record(train=train_dl, val=valid_dl):
        for _ in range(3):
            model.train()
            for xb, yb in train_dl:
                loss = loss_fn(model(xb), yb)
                opt.zero_grad()
                loss.backward()
                opt.step()
            preds = []
            with torch.no_grad():
                for xb, _yb in valid_dl:
                    preds.append(model(xb).sigmoid())
