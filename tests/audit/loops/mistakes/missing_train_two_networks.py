"""Encoder and classifier: after validation only one of the two goes back to training mode."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "missing-train-mode"
MISTAKE = "encoder.train() is missing."


def main(record):
    torch.manual_seed(1013)
    x = torch.randn(90, 6)
    y = (x[:, 0] > 0).long()
    train, val = (
        DataLoader(TensorDataset(x[:60], y[:60]), 12, shuffle=True),
        DataLoader(TensorDataset(x[60:], y[60:]), 30),
    )
    encoder = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU())
    head = nn.Sequential(nn.Dropout(0.2), nn.Linear(12, 2))
    optimizer = optim.Adam([*encoder.parameters(), *head.parameters()], lr=1e-3)
    with record(train=train, val=val):
        for _ in range(3):
            head.train()
            for a, b in train:
                optimizer.zero_grad()
                F.cross_entropy(head(encoder(a)), b).backward()
                optimizer.step()
            encoder.eval()
            head.eval()
            with torch.no_grad():
                for a, b in val:
                    F.cross_entropy(head(encoder(a)), b)
