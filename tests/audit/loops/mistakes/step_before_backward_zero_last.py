"""Step, backward, zero_grad at the end."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "step-before-backward"
MISTAKE = "The order is step, backward, zero_grad: every gradient is thrown away."


def main(record):
    torch.manual_seed(67)
    X = torch.randn(60, 5)
    y = (X[:, :2] > 0).float()
    loader = DataLoader(TensorDataset(X, y), batch_size=12, shuffle=True)
    net = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 2))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    bce = nn.BCEWithLogitsLoss()
    with record(train=loader):
        for _ in range(2):
            for a, b in loader:
                out = net(a)
                loss = bce(out, b)
                opt.step()
                loss.backward()
                opt.zero_grad()
