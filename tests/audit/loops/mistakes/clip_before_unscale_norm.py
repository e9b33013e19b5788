"""Mixed precision: clipping scaled gradients."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "clip-before-unscale"
MISTAKE = "scaler.unscale_ is missing before clip_grad_norm_."


def main(record):
    torch.manual_seed(12)
    X = torch.rand(48, 1, 6, 6)
    y = torch.arange(48) % 3
    loader = DataLoader(TensorDataset(X, y), batch_size=12, shuffle=True)
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 20), nn.ReLU(), nn.Linear(20, 3))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**12)
    with record(train=loader):
        for _ in range(3):
            for xb, yb in loader:
                optimizer.zero_grad()
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    loss = F.cross_entropy(model(xb), yb)
                scaler.scale(loss).backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                scaler.step(optimizer)
                scaler.update()
