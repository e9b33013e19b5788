"""Encoder and head are two models; before validation only the head is put into eval mode."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "missing-eval-mode"
MISTAKE = "head.eval() without encoder.eval(): its batch norm goes on learning from validation."


def main(record):
    torch.manual_seed(12)
    y = torch.randint(3, (200,))
    x = torch.randn(200, 8) + F.one_hot(y, 8)
    train = DataLoader(TensorDataset(x[:150], y[:150]), 25, shuffle=True)
    val = DataLoader(TensorDataset(x[150:], y[150:]), 25)
    encoder = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU())
    head = nn.Sequential(nn.Dropout(0.3), nn.Linear(16, 3))
    optimizer = optim.Adam([*encoder.parameters(), *head.parameters()], 1e-2)
    with record(train=train, val=val):
        for _ in range(3):
            encoder.train()
            head.train()
            for inputs, targets in train:
                optimizer.zero_grad()
                F.cross_entropy(head(encoder(inputs)), targets).backward()
                optimizer.step()
            head.eval()
            with torch.no_grad():
                sum(F.cross_entropy(head(encoder(a)), b).item() for a, b in val)
