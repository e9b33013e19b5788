"""The forward is under no_grad, backward raises."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "gradient-not-reaching-model"
MISTAKE = "The training forward runs under no_grad, so there is no graph to go back through."


def main(record):
    torch.manual_seed(17)
    X = torch.randn(40, 6)
    loader = DataLoader(TensorDataset(X, X[:, :1]), batch_size=10, shuffle=True)
    net = nn.Linear(6, 1)
    opt = optim.SGD(net.parameters(), lr=1e-2)
    with record(train=loader):
        for a, b in loader:
            with torch.no_grad():
                pred = net(a)
            loss = F.mse_loss(pred, b)
            opt.zero_grad()
            loss.backward()
            opt.step()
