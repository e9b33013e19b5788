"""Meta-learning on sines: an inner step by autograd.grad, the outer one through it."""

import torch
import torch.nn.functional as F
from torch import nn

EXPECTED = None


def forward(x, weights):
    w1, b1, w2, b2 = weights
    return F.linear(torch.tanh(F.linear(x, w1, b1)), w2, b2)


def main(record):
    torch.manual_seed(917)
    net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
    meta = torch.optim.Adam(net.parameters(), lr=1e-3)
    with record():
        for _ in range(15):
            total = 0.0
            meta.zero_grad()
            for _task in range(3):
                shift, size = torch.rand(1) * 3, torch.rand(1) + 0.5
                x1, x2 = torch.rand(8, 1) * 4 - 2, torch.rand(8, 1) * 4 - 2
                weights = list(net.parameters())
                inner = F.mse_loss(forward(x1, weights), size * torch.sin(x1 + shift))
                grads = torch.autograd.grad(inner, weights, create_graph=True)
                fast = [w - 0.05 * g for w, g in zip(weights, grads, strict=True)]
                total = total + F.mse_loss(forward(x2, fast), size * torch.sin(x2 + shift))
            (total / 3).backward()
            meta.step()
