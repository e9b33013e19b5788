"""Activation checkpointing: segments run again during backward."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.checkpoint import checkpoint
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


class Deep(nn.Module):
    def __init__(self, depth=4):
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Linear(16, 16), nn.GELU(), nn.Dropout(0.1)) for _ in range(depth)
        )
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        for block in self.blocks:
            x = checkpoint(block, x, use_reentrant=False)
        return self.head(x)


def main(record):
    torch.manual_seed(36)
    X = torch.randn(60, 16)
    y = X[:, :3].argmax(1)
    loader = DataLoader(TensorDataset(X, y), batch_size=20, shuffle=True)
    model = Deep()
    optimizer = optim.AdamW(model.parameters(), lr=2e-3)
    with record(train=loader):
        for _ in range(3):
            for xb, yb in loader:
                optimizer.zero_grad()
                loss = F.cross_entropy(model(xb), yb)
                loss.backward()
                optimizer.step()
