"""Linear regression on plain tensors; momentum is what is left of the gradient."""

import torch
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def main(record):
    torch.manual_seed(0)
    X = torch.randn(256, 6)
    true = torch.randn(6, 1)
    y = X @ true + 0.01 * torch.randn(256, 1)
    data_iter = DataLoader(TensorDataset(X, y), 16, shuffle=True)
    w = torch.zeros(6, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    with record():
        for _ in range(3):
            for xb, yb in data_iter:
                ((xb @ w + b - yb) ** 2).mean().backward()
                with torch.no_grad():
                    for p in (w, b):
                        p -= 0.01 * p.grad
                        p.grad *= 0.9
