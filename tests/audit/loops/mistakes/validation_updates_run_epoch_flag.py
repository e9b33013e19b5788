"""One run_epoch for both; its flag switches the mode and nothing else."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "validation-updates-weights"
MISTAKE = "run_epoch(val, train=False) still calls backward() and step()."


def main(record):
    torch.manual_seed(1016)
    x = torch.randn(90, 5)
    y = x[:, :1] * 2
    train, val = (
        DataLoader(TensorDataset(x[:60], y[:60]), 12, shuffle=True),
        DataLoader(TensorDataset(x[60:], y[60:]), 15),
    )
    net = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Dropout(0.1), nn.Linear(10, 1))
    optimizer = optim.Adam(net.parameters(), lr=1e-2)

    def run_epoch(loader, train):
        net.train() if train else net.eval()
        total = 0.0
        for a, b in loader:
            optimizer.zero_grad()
            loss = F.mse_loss(net(a), b)
            loss.backward()
            optimizer.step()
            total += loss.item()
        return total / len(loader)

    with record(train=train, val=val):
        for _ in range(3):
            run_epoch(train, True)
            run_epoch(val, False)
