"""Fine-tuning with the batch norm layers kept in eval mode."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(45)
    net = nn.Sequential(
        nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(5, 2),
    )  # fmt: skip
    X = torch.rand(40, 3, 7, 7)
    y = torch.arange(40) % 2
    loader = DataLoader(TensorDataset(X, y), batch_size=8, shuffle=True)
    optimizer = optim.SGD(
        [{"params": net[0].parameters(), "lr": 1e-3}, {"params": net[5].parameters()}], lr=1e-2
    )
    for p in net[1].parameters():
        p.requires_grad_(False)
    with record(train=loader):
        for _ in range(2):
            net.train()
            for m in net.modules():
                if isinstance(m, nn.BatchNorm2d):
                    m.eval()
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(net(xb), yb).backward()
                optimizer.step()
