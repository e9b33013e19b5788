"""Two plain functions, as in a tutorial."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-zero-grad"
MISTAKE = "optimizer.zero_grad() is nowhere."


def train(model, loader, loss_fn, optimizer):
    model.train()
    for x, y in loader:
        pred = model(x)
        loss = loss_fn(pred, y)
        loss.backward()
        optimizer.step()


def main(record):
    torch.manual_seed(0)
    X = torch.randn(60, 10)
    y = (X[:, 0] > 0).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=12, shuffle=True)
    model = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 2))
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    with record(train=loader):
        for _ in range(3):
            train(model, loader, nn.CrossEntropyLoss(), optimizer)
