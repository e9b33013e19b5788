"""Layers kept in a Python list instead of ModuleList."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "params-not-in-optimizer"
MISTAKE = "model.parameters() does not see the hidden layers."


class Net(nn.Module):
    def __init__(self, depth=3):
        super().__init__()
        self.first = nn.Linear(5, 12)
        self.hidden = [nn.Linear(12, 12) for _ in range(depth)]
        self.last = nn.Linear(12, 1)

    def forward(self, x):
        x = torch.relu(self.first(x))
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.last(x)


def main(record):
    torch.manual_seed(2)
    X = torch.randn(60, 5)
    loader = DataLoader(TensorDataset(X, X.sum(1, keepdim=True)), batch_size=15, shuffle=True)
    model = Net()
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    with record(train=loader):
        for _ in range(3):
            for x, y in loader:
                optimizer.zero_grad()
                F.mse_loss(model(x), y).backward()
                optimizer.step()
