"""A NumPy detour in the middle of the network."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "gradient-not-reaching-model"
MISTAKE = "h.detach().numpy() cuts the first layer off."


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(6, 10), nn.Linear(10, 2)

    def forward(self, x):
        h = self.first(x)
        h = torch.from_numpy(np.maximum(h.detach().numpy(), 0))
        return self.second(h)


def main(record):
    torch.manual_seed(83)
    X = torch.randn(60, 6)
    y = (X[:, 0] * X[:, 1] > 0).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=12, shuffle=True)
    net = Net()
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=loader):
        for _ in range(3):
            for a, b in loader:
                loss = F.cross_entropy(net(a), b)
                opt.zero_grad()
                loss.backward()
                opt.step()
