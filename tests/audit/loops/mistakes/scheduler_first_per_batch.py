"""Per-batch schedule stepped before the optimizer."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "scheduler-before-optimizer"
MISTAKE = "scheduler.step() comes before optimizer.step() in every batch."


def main(record):
    torch.manual_seed(30)
    X, y = torch.randn(60, 5), torch.randint(0, 2, (60,))
    loader = DataLoader(TensorDataset(X, y), batch_size=10, shuffle=True)
    model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 2))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=30)
    with record(train=loader):
        for _ in range(3):
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                scheduler.step()
                optimizer.step()
