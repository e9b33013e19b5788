"""Weight normalisation is put on after the optimizer was made: it holds the old weights."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "optimizer-has-stale-params"
MISTAKE = "weight_norm replaces the layers' weights by new parameters, after Adam took the old."


def main(record):
    torch.manual_seed(33)
    x = torch.randn(200, 6)
    loader = DataLoader(TensorDataset(x, torch.sin(x.sum(1, keepdim=True))), 20, shuffle=True)
    net = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 1))
    optimizer = optim.Adam(net.parameters(), 1e-2)
    for layer in (net[0], net[2]):
        nn.utils.parametrizations.weight_norm(layer)
    with record(train=loader):
        for _ in range(3):
            for inputs, targets in loader:
                optimizer.zero_grad()
                F.mse_loss(net(inputs), targets).backward()
                optimizer.step()
