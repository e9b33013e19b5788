"""Mixed precision: clipping after scaler.step."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "clip-after-step"
MISTAKE = "clip_grad_norm_ comes after scaler.step(optimizer)."


def main(record):
    torch.manual_seed(82)
    X = torch.randn(48, 5)
    loader = DataLoader(TensorDataset(X, X[:, :1]), batch_size=12, shuffle=True)
    net = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 1))
    opt = optim.Adam(net.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler("cpu", init_scale=128.0)
    with record(train=loader):
        for _ in range(3):
            for a, b in loader:
                opt.zero_grad()
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    loss = F.mse_loss(net(a), b)
                scaler.scale(loss).backward()
                scaler.unscale_(opt)
                scaler.step(opt)
                nn.utils.clip_grad_norm_(net.parameters(), 0.1)
                scaler.update()
