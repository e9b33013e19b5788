"""Staged fine-tuning: the head first, then everything at a lower rate with a new optimizer."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def run_stage(model, loader, parameters, lr, epochs):
    optimizer = optim.Adam(parameters, lr=lr)
    for _ in range(epochs):
        model.train()
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()


def main(record):
    torch.manual_seed(12)
    body = nn.Sequential(nn.Linear(8, 16), nn.ReLU())
    head = nn.Linear(16, 3)
    model = nn.Sequential(body, head)
    X = torch.randn(60, 8)
    y = X[:, :3].argmax(1)
    loader = DataLoader(TensorDataset(X, y), batch_size=15, shuffle=True)
    with record(train=loader):
        for p in body.parameters():
            p.requires_grad = False
        run_stage(model, loader, head.parameters(), 1e-2, 2)
        for p in body.parameters():
            p.requires_grad = True
        run_stage(model, loader, model.parameters(), 1e-3, 2)
