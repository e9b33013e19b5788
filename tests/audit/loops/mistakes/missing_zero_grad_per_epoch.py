"""Image classifier, zero_grad placed outside the inner loop."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-zero-grad"
MISTAKE = "Gradients are cleared once an epoch instead of before every backward."


def main(record):
    torch.manual_seed(1)
    X = torch.rand(48, 1, 8, 8)
    y = (X[:, 0, :, :4].mean((1, 2)) > 0.5).long()
    train_dl = DataLoader(TensorDataset(X[:36], y[:36]), batch_size=6, shuffle=True)
    val_dl = DataLoader(TensorDataset(X[36:], y[36:]), batch_size=6)
    cnn = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2)
    )
    opt = optim.Adam(cnn.parameters(), lr=1e-3)
    with record(train=train_dl, val=val_dl):
        for _ in range(3):
            cnn.train()
            opt.zero_grad()
            for xb, yb in train_dl:
                loss = F.cross_entropy(cnn(xb), yb)
                loss.backward()
                opt.step()
            cnn.eval()
            with torch.no_grad():
                [F.cross_entropy(cnn(xb), yb).item() for xb, yb in val_dl]
