"""Mixed precision: autocast, GradScaler, unscale before clipping."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def train_one_epoch(model, loader, optimizer, scaler, loss_fn):
    model.train()
    for images, labels in loader:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device_type="cpu", dtype=torch.bfloat16):
            loss = loss_fn(model(images), labels)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        scaler.step(optimizer)
        scaler.update()


def main(record):
    torch.manual_seed(9)
    images = torch.rand(64, 1, 10, 10)
    labels = torch.arange(64) % 4
    loader = DataLoader(TensorDataset(images, labels), batch_size=16, shuffle=True)
    model = nn.Sequential(nn.Flatten(), nn.Linear(100, 32), nn.GELU(), nn.Linear(32, 4))
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    with record(train=loader):
        for _ in range(3):
            train_one_epoch(model, loader, optimizer, scaler, nn.CrossEntropyLoss())
