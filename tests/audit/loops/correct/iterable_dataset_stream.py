"""Streaming IterableDataset, one pass, rolling mean of the loss."""

import random

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    IterableDataset,
)

EXPECTED = None


class Stream(IterableDataset):
    def __init__(self, n, seed):
        self.n, self.seed = n, seed

    def __iter__(self):
        rng = random.Random(self.seed)
        for _ in range(self.n):
            x = [rng.gauss(0, 1) for _ in range(4)]
            yield torch.tensor(x), torch.tensor([x[0] - 2 * x[3]])


def main(record):
    torch.manual_seed(30)
    loader = DataLoader(Stream(120, 0), batch_size=8)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = optim.SGD(model.parameters(), lr=0.02)
    with record(train=loader):
        rolling = None
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.smooth_l1_loss(model(x), y)
            loss.backward()
            optimizer.step()
            value = loss.detach().item()
            rolling = value if rolling is None else 0.9 * rolling + 0.1 * value
