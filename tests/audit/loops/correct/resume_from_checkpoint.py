"""Training, saving, building everything anew, loading and going on."""

import io

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def build():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    return model, optimizer, optim.lr_scheduler.StepLR(optimizer, 1, 0.9)


def epoch(model, optimizer, scheduler, loader):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        F.mse_loss(model(x), y).backward()
        optimizer.step()
    scheduler.step()


def main(record):
    torch.manual_seed(65)
    X = torch.randn(40, 4)
    loader = DataLoader(TensorDataset(X, X.sum(1, keepdim=True)), batch_size=10, shuffle=True)
    with record(train=loader):
        parts = build()
        for _ in range(2):
            epoch(*parts, loader)
        buffer = io.BytesIO()
        torch.save([part.state_dict() for part in parts], buffer)
        buffer.seek(0)
        parts = build()
        for part, state in zip(parts, torch.load(buffer), strict=True):
            part.load_state_dict(state)
        for _ in range(2):
            epoch(*parts, loader)
