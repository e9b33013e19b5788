"""Predictions collected with their graphs for an epoch metric."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "loss-graph-retained"
MISTAKE = "all_outputs.append(out) keeps the graph of every batch."


def main(record):
    torch.manual_seed(75)
    X = torch.randn(120, 5)
    y = (X[:, 0] > 0).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=10, shuffle=True)
    net = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 2))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=loader):
        for _ in range(2):
            all_outputs = []
            for a, b in loader:
                out = net(a)
                loss = F.cross_entropy(out, b)
                opt.zero_grad()
                loss.backward()
                opt.step()
                all_outputs.append(out)
            torch.cat(all_outputs).argmax(1)
