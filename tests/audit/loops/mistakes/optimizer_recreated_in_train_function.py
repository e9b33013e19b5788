"""train_one_epoch makes its own Adam each time."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "optimizer-recreated"
MISTAKE = "The optimizer is built inside the function called for every epoch."


def train_one_epoch(model, loader):
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def main(record):
    torch.manual_seed(1024)
    x = torch.randn(80, 4)
    y = (x[:, 1] > 0).long()
    train, val = (
        DataLoader(TensorDataset(x[:60], y[:60]), 10, shuffle=True),
        DataLoader(TensorDataset(x[60:], y[60:]), 20),
    )
    model = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 2))
    with record(train=train, val=val):
        for _ in range(4):
            train_one_epoch(model, train)
            model.eval()
            with torch.no_grad():
                [F.cross_entropy(model(a), b) for a, b in val]
