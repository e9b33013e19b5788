"""Meta-learning: inner steps by functional_call and autograd.grad, outer step by Adam."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.func import functional_call

EXPECTED = None


def main(record):
    torch.manual_seed(54)
    model = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
    meta = optim.Adam(model.parameters(), lr=1e-2)

    def task():
        a, b = torch.rand(2) * 2
        x = torch.rand(20, 1) * 4 - 2
        return x, a * torch.sin(x + b)

    with record():
        for _ in range(5):
            meta.zero_grad()
            total = 0.0
            for _ in range(3):
                x, y = task()
                weights = dict(model.named_parameters())
                inner = F.mse_loss(functional_call(model, weights, (x[:10],)), y[:10])
                grads = torch.autograd.grad(inner, list(weights.values()), create_graph=True)
                fast = {n: w - 0.1 * g for (n, w), g in zip(weights.items(), grads, strict=True)}
                total = total + F.mse_loss(functional_call(model, fast, (x[10:],)), y[10:])
            (total / 3).backward()
            meta.step()
