"""A break left over from debugging."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "same-batch"
MISTAKE = "break after the first batch of an unshuffled loader."


def main(record):
    torch.manual_seed(90)
    X = torch.rand(64, 1, 6, 6)
    y = X.mean((1, 2, 3))[:, None]
    loader = DataLoader(TensorDataset(X, y), batch_size=8)
    net = nn.Sequential(nn.Flatten(), nn.Linear(36, 8), nn.ReLU(), nn.Linear(8, 1))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=loader):
        for _ in range(15):
            for a, b in loader:
                opt.zero_grad()
                F.mse_loss(net(a), b).backward()
                opt.step()
                break
