"""A frozen random encoder in eval mode, features cached once, a linear probe on top."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def main(record):
    torch.manual_seed(931)
    y = torch.arange(120) % 3
    x = torch.rand(3, 1, 8, 8)[y] + 0.3 * torch.rand(120, 1, 8, 8)
    raw = DataLoader(TensorDataset(x, y), 30)
    encoder = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten()).eval()
    with record(train=raw):
        with torch.no_grad():
            features = torch.cat([encoder(a) for a, _ in raw])
        cached = DataLoader(TensorDataset(features[:90], y[:90]), 15, shuffle=True)
        held = DataLoader(TensorDataset(features[90:], y[90:]), 30)
        probe = nn.Linear(features.shape[1], 3)
        optimizer = optim.SGD(probe.parameters(), lr=0.01, weight_decay=1e-3)
        for _ in range(4):
            for a, b in cached:
                optimizer.zero_grad()
                F.cross_entropy(probe(a), b).backward()
                optimizer.step()
            with torch.no_grad():
                for a, b in held:
                    F.cross_entropy(probe(a), b).item()
