"""Noise prediction whose gradients are thrown away before the step."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = "zero-grad-before-step"
MISTAKE = "zero_grad() stands between backward() and step()."


def main(record):
    torch.manual_seed(1004)
    net = nn.Sequential(nn.Linear(3, 24), nn.SiLU(), nn.Linear(24, 2))
    optimizer = optim.AdamW(net.parameters(), lr=1e-3)
    points = torch.randn(128, 2)
    with record():
        for _ in range(15):
            x = points[torch.randint(0, 128, (32,))]
            t, noise = torch.rand(32, 1), torch.randn(32, 2)
            loss = F.mse_loss(net(torch.cat([x * (1 - t) + noise * t, t], 1)), noise)
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
