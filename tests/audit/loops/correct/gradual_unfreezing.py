"""One more layer thawed every epoch, a new optimizer for what is trainable."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(70)
    layers = [nn.Linear(6, 12), nn.Linear(12, 12), nn.Linear(12, 3)]
    net = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
    X = torch.randn(45, 6)
    loader = DataLoader(TensorDataset(X, X[:, :3].argmax(1)), batch_size=15, shuffle=True)
    net.requires_grad_(False)
    with record(train=loader):
        for layer in reversed(layers):
            layer.requires_grad_(True)
            optimizer = optim.Adam([p for p in net.parameters() if p.requires_grad], lr=1e-3)
            for x, y in loader:
                optimizer.zero_grad()
                F.cross_entropy(net(x), y).backward()
                optimizer.step()
