"""No optimizer: gradients from torch.autograd.grad, weights updated under no_grad."""

import torch
from torch import nn

EXPECTED = None


def main(record):
    torch.manual_seed(23)
    x = torch.randn(64, 3)
    y = x @ torch.tensor([[1.0], [-2.0], [0.5]])
    model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
    lr = 0.1
    with record():
        for _ in range(12):
            loss = ((model(x) - y) ** 2).mean()
            grads = torch.autograd.grad(loss, list(model.parameters()))
            with torch.no_grad():
                for p, g in zip(model.parameters(), grads, strict=True):
                    p -= lr * g
