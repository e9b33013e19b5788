"""Accumulation of two batches under a GradScaler, regression."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "accumulation-unscaled"
MISTAKE = "scaler.scale(loss) is not divided by the number of batches."


def main(record):
    torch.manual_seed(9)
    X = torch.randn(64, 5)
    loader = DataLoader(TensorDataset(X, X[:, :1] * 2), batch_size=8, shuffle=True)
    net = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 1))
    opt = optim.Adam(net.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler("cpu", init_scale=512.0)
    with record(train=loader):
        for _ in range(2):
            for step, (x, y) in enumerate(loader, start=1):
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    loss = F.mse_loss(net(x), y)
                scaler.scale(loss).backward()
                if step % 2 == 0:
                    scaler.step(opt)
                    scaler.update()
                    opt.zero_grad()
