"""A function builds everything and returns: nothing of it is left when the record ends."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "optimizer-has-stale-params"
MISTAKE = "The last layer is replaced after the optimizer was made."


def fit(train_loader):
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    model[-1] = nn.Linear(16, 3)
    loss_fn = nn.CrossEntropyLoss()
    for _ in range(4):
        for inputs, targets in train_loader:
            optimizer.zero_grad()
            loss_fn(model(inputs), targets).backward()
            optimizer.step()


def main(record):
    torch.manual_seed(0)
    inputs = torch.randn(96, 8)
    targets = inputs[:, :3].argmax(dim=1)
    train_loader = DataLoader(TensorDataset(inputs, targets), batch_size=16, shuffle=True)
    with record(train=train_loader):
        fit(train_loader)
