"""Accumulation over four batches without dividing the loss."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "accumulation-unscaled"
MISTAKE = "The losses of four batches are added up and not divided by four."


def main(record):
    torch.manual_seed(8)
    X = torch.randn(96, 6)
    y = X[:, :3].argmax(1)
    loader = DataLoader(TensorDataset(X, y), batch_size=8, shuffle=True)
    model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
    optimizer = optim.SGD(model.parameters(), lr=0.05)
    criterion = nn.CrossEntropyLoss()
    accumulation_steps = 4
    with record(train=loader):
        for _ in range(2):
            optimizer.zero_grad()
            for i, (xb, yb) in enumerate(loader):
                loss = criterion(model(xb), yb)
                loss.backward()
                if (i + 1) % accumulation_steps == 0:
                    optimizer.step()
                    optimizer.zero_grad()
