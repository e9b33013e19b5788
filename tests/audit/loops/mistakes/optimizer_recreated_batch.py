"""The optimizer is made for every batch."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "optimizer-recreated"
MISTAKE = "A new SGD with momentum for each batch never builds up momentum."


def main(record):
    torch.manual_seed(7)
    X = torch.randn(60, 3)
    loader = DataLoader(TensorDataset(X, X.sum(1, keepdim=True)), batch_size=12, shuffle=True)
    model = nn.Sequential(nn.Linear(3, 9), nn.ReLU(), nn.Linear(9, 1))
    with record(train=loader):
        for _ in range(2):
            for x, y in loader:
                optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
                optimizer.zero_grad()
                loss = F.mse_loss(model(x), y)
                loss.backward()
                optimizer.step()
