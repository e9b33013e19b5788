"""Mixed precision: scaler.update without scaler.step."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "no-step"
MISTAKE = "scaler.step(optimizer) is missing."


def main(record):
    torch.manual_seed(15)
    X = torch.rand(48, 1, 6, 6)
    loader = DataLoader(TensorDataset(X, torch.arange(48) % 3), batch_size=12, shuffle=True)
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=256.0)
    with record(train=loader):
        for _ in range(3):
            for x, y in loader:
                optimizer.zero_grad()
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    loss = F.cross_entropy(model(x), y)
                scaler.scale(loss).backward()
                scaler.unscale_(optimizer)
                scaler.update()
