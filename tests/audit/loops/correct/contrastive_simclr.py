"""Contrastive learning: two augmented views, normalised similarities, cross-entropy over pairs."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def augment(x):
    return x * (1 + 0.1 * torch.randn_like(x)) + 0.05 * torch.randn_like(x)


def info_nce(a, b, temperature=0.2):
    a, b = F.normalize(a, dim=1), F.normalize(b, dim=1)
    logits = a @ b.t() / temperature
    return F.cross_entropy(logits, torch.arange(len(a)))


def main(record):
    torch.manual_seed(21)
    loader = DataLoader(TensorDataset(torch.randn(64, 10)), 16, shuffle=True, drop_last=True)
    encoder = nn.Sequential(nn.Linear(10, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 8))
    optimizer = optim.Adam(encoder.parameters(), lr=3e-3)
    with record(train=loader):
        for _ in range(3):
            for (x,) in loader:
                loss = info_nce(encoder(augment(x)), encoder(augment(x)))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
