"""A fit method called again to train a little longer."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


class Model:
    def __init__(self):
        self.net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))

    def fit(self, loader, epochs, lr=1e-2):
        opt = optim.Adam(self.net.parameters(), lr=lr)
        for _ in range(epochs):
            for x, y in loader:
                opt.zero_grad()
                F.cross_entropy(self.net(x), y).backward()
                opt.step()
        return self


def main(record):
    torch.manual_seed(59)
    X = torch.randn(48, 4)
    loader = DataLoader(TensorDataset(X, (X[:, 0] > 0).long()), batch_size=12, shuffle=True)
    with record(train=loader):
        Model().fit(loader, 3).fit(loader, 3)
