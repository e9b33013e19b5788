"""The loop variable is not the one that is used."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "same-batch"
MISTAKE = "The loop draws (data, label), the step uses x, y of an earlier look at the loader."


def main(record):
    torch.manual_seed(31)
    X = torch.randn(60, 4)
    loader = DataLoader(TensorDataset(X, X.sum(1, keepdim=True)), batch_size=10, shuffle=True)
    x, y = next(iter(loader))
    net = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 1))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=loader):
        for _ in range(3):
            for _data, _label in loader:
                opt.zero_grad()
                loss = F.mse_loss(net(x), y)
                loss.backward()
                opt.step()
