"""Targets rearranged before the loss, image classifier."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "shuffled-labels"
MISTAKE = "targets[torch.randperm(...)] goes into the loss."


def main(record):
    torch.manual_seed(29)
    X = torch.rand(60, 1, 6, 6)
    y = (X[:, 0, :3].mean((1, 2)) * 6).long() % 3
    loader = DataLoader(TensorDataset(X, y), batch_size=20, shuffle=True)
    cnn = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3))
    opt = optim.AdamW(cnn.parameters(), lr=1e-2)
    criterion = nn.CrossEntropyLoss()
    with record(train=loader):
        for _ in range(3):
            for images, labels in loader:
                labels = labels[torch.randperm(labels.size(0))]
                opt.zero_grad()
                criterion(cnn(images), labels).backward()
                opt.step()
