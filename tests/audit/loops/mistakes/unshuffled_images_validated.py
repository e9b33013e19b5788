"""Image classifier; shuffle=True only for the validation loader."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "unshuffled-training"
MISTAKE = "The training loader goes through the data in the same order in every epoch."


def main(record):
    torch.manual_seed(34)
    X = torch.rand(96, 1, 6, 6)
    y = (X[:, 0, 2].sum(1) > 3).long()
    train = DataLoader(TensorDataset(X[:72], y[:72]), batch_size=12)
    val = DataLoader(TensorDataset(X[72:], y[72:]), batch_size=12, shuffle=True)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2)
    )
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=train, val=val):
        for _ in range(3):
            net.train()
            for x, t in train:
                opt.zero_grad()
                F.cross_entropy(net(x), t).backward()
                opt.step()
            net.eval()
            with torch.no_grad():
                [(net(x).argmax(1) == t).float().mean().item() for x, t in val]
