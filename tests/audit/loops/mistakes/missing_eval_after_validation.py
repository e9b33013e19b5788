"""eval() is called after the validation instead of before."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-eval-mode"
MISTAKE = "model.eval() stands behind the validation loop."


def main(record):
    torch.manual_seed(70)
    X = torch.randn(80, 6)
    y = X[:, :2].argmax(1)
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=12, shuffle=True)
    val = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=10)
    net = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
    opt = optim.SGD(net.parameters(), lr=0.1)
    with record(train=train, val=val):
        for _ in range(3):
            net.train()
            for a, b in train:
                opt.zero_grad()
                F.cross_entropy(net(a), b).backward()
                opt.step()
            with torch.no_grad():
                [F.cross_entropy(net(a), b).item() for a, b in val]
            net.eval()
