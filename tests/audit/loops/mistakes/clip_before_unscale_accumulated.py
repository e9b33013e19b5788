"""Mixed precision with accumulation: clipped first, unscaled by step() itself."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "clip-before-unscale"
MISTAKE = "scaler.unscale_(optimizer) is missing before the clipping."


def main(record):
    torch.manual_seed(1027)
    x = torch.randn(64, 5)
    train = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), 8, shuffle=True)
    net = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 2))
    optimizer, scaler = (
        optim.AdamW(net.parameters(), lr=1e-3),
        torch.amp.GradScaler("cpu", init_scale=1024.0),
    )
    with record(train=train):
        for _ in range(2):
            for i, (a, b) in enumerate(train):
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    loss = F.cross_entropy(net(a), b) / 2
                scaler.scale(loss).backward()
                if i % 2:
                    torch.nn.utils.clip_grad_norm_(net.parameters(), max_norm=1.0)
                    scaler.step(optimizer)
                    scaler.update()
                    optimizer.zero_grad()
