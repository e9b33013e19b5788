"""Plain loop over a loader."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "zero-grad-before-step"
MISTAKE = "zero_grad stands between backward and step."


def main(record):
    torch.manual_seed(4)
    X = torch.randn(64, 6)
    y = X[:, :3].argmax(1)
    loader = DataLoader(TensorDataset(X, y), batch_size=16, shuffle=True)
    model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with record(train=loader):
        for _ in range(2):
            for inputs, labels in loader:
                outputs = model(inputs)
                loss = criterion(outputs, labels)
                loss.backward()
                optimizer.zero_grad()
                optimizer.step()
