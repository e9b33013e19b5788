"""Sharpness-aware minimisation: two backward passes and a perturbation for each step."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(52)
    X = torch.randn(64, 6)
    y = (X[:, 1] > 0).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=16, shuffle=True)
    model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2))
    opt = optim.SGD(model.parameters(), lr=0.1)
    rho = 0.05
    with record(train=loader):
        for _ in range(3):
            for xb, yb in loader:
                opt.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                with torch.no_grad():
                    norm = torch.stack([p.grad.norm() for p in model.parameters()]).norm()
                    moves = [rho * p.grad / (norm + 1e-12) for p in model.parameters()]
                    for p, e in zip(model.parameters(), moves, strict=True):
                        p.add_(e)
                opt.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                with torch.no_grad():
                    for p, e in zip(model.parameters(), moves, strict=True):
                        p.sub_(e)
                opt.step()
