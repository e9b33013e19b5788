"""Curriculum: a new loader each stage over ever more of the sorted samples."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, Subset, TensorDataset

EXPECTED = None


def main(record):
    torch.manual_seed(916)
    x = torch.randn(160, 6)
    y = (x.sum(1) > 0).long()
    data, held = TensorDataset(x[:120], y[:120]), TensorDataset(x[120:], y[120:])
    easy_first = x[:120].sum(1).abs().argsort(descending=True).tolist()
    val = DataLoader(held, 40)
    net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 2))
    optimizer = optim.Adam(net.parameters(), lr=5e-3)
    with record(val=val):
        for share in (0.3, 0.6, 1.0):
            stage = Subset(data, easy_first[: int(share * 120)])
            for _ in range(2):
                net.train()
                for a, b in DataLoader(stage, 12, shuffle=True):
                    loss = F.cross_entropy(net(a), b)
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
            net.eval()
            with torch.no_grad():
                for a, b in val:
                    F.cross_entropy(net(a), b).item()
