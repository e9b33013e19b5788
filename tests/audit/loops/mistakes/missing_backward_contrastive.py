"""Contrastive pairs: the loss is computed, logged, and never sent back."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "missing-backward"
MISTAKE = "backward() is missing."


def main(record):
    torch.manual_seed(1006)
    pairs = DataLoader(TensorDataset(torch.randn(64, 6)), 16, shuffle=True)
    net = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 4))
    optimizer = optim.Adam(net.parameters(), lr=1e-3)
    losses = []
    with record(train=pairs):
        for _ in range(3):
            for (x,) in pairs:
                a, b = (F.normalize(net(x + 0.1 * torch.randn_like(x)), dim=1) for _ in range(2))
                loss = F.cross_entropy(a @ b.t() / 0.2, torch.arange(len(x)))
                optimizer.zero_grad()
                optimizer.step()
                losses.append(loss.item())
