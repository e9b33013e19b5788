"""Validated after each of three epochs; then a second stage goes on without any validation."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "grad-in-validation"


def main(record):
    torch.manual_seed(0)
    inputs = torch.randn(300, 8)
    targets = (inputs[:, 0] > 0).long()
    train = DataLoader(TensorDataset(inputs[:200], targets[:200]), batch_size=20, shuffle=True)
    val = DataLoader(TensorDataset(inputs[200:], targets[200:]), batch_size=20)
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def epoch():
        for batch, wanted in train:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(batch), wanted).backward()
            optimizer.step()

    with record(train=train, val=val):
        for _ in range(3):
            epoch()
            right = [(model(batch).argmax(1) == wanted).float().mean() for batch, wanted in val]
            print(sum(right) / len(right))
        for _ in range(3):
            epoch()
