"""The training set is joined with the validation set."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    ConcatDataset,
    DataLoader,
    TensorDataset,
)

EXPECTED = "train-on-val"
MISTAKE = "ConcatDataset([train_set, val_set]) is what the loop trains on."


def main(record):
    torch.manual_seed(87)
    X = torch.randn(80, 5)
    y = (X[:, 0] > 0).long()
    train_set, val_set = TensorDataset(X[:60], y[:60]), TensorDataset(X[60:], y[60:])
    train = DataLoader(train_set, batch_size=10, shuffle=True)
    val = DataLoader(val_set, batch_size=10)
    everything = DataLoader(ConcatDataset([train_set, val_set]), batch_size=10, shuffle=True)
    net = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 2))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=train, val=val):
        for _ in range(3):
            for a, b in everything:
                opt.zero_grad()
                F.cross_entropy(net(a), b).backward()
                opt.step()
            with torch.no_grad():
                [F.cross_entropy(net(a), b).item() for a, b in val]
