"""Regression; only detach() on the outputs in validation."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "grad-in-validation"
MISTAKE = "detach() after the forward does not keep the graph from being built."


def main(record):
    torch.manual_seed(24)
    X = torch.randn(70, 4)
    y = X.pow(2).sum(1, keepdim=True)
    loaders = {
        "train": DataLoader(TensorDataset(X[:50], y[:50]), batch_size=10, shuffle=True),
        "val": DataLoader(TensorDataset(X[50:], y[50:]), batch_size=10),
    }
    net = nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Linear(20, 1))
    opt = optim.SGD(net.parameters(), lr=0.01)
    with record(**loaders):
        for _ in range(2):
            for phase, loader in loaders.items():
                net.train(phase == "train")
                for a, b in loader:
                    out = net(a)
                    if phase == "train":
                        opt.zero_grad()
                        F.mse_loss(out, b).backward()
                        opt.step()
                    else:
                        F.mse_loss(out.detach(), b).item()
