"""The test loader in the training loop."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "train-on-test"
MISTAKE = "The training loop iterates over the test data."


def main(record):
    torch.manual_seed(23)
    X = torch.rand(80, 1, 5, 5)
    y = (X[:, 0, 0].sum(1) > 2.5).long()
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=15, shuffle=True)
    test = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=10, shuffle=True)
    net = nn.Sequential(nn.Flatten(), nn.Linear(25, 12), nn.ReLU(), nn.Linear(12, 2))
    opt = optim.SGD(net.parameters(), lr=0.1)
    with record(train=train, test=test):
        for _ in range(3):
            for x, t in test:
                opt.zero_grad()
                F.cross_entropy(net(x), t).backward()
                opt.step()
        net.eval()
        with torch.no_grad():
            sum((net(x).argmax(1) == t).sum().item() for x, t in test)
