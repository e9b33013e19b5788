"""Linear regression on plain tensors; two batches make one update."""

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
            for i, (xb, yb) in enumerate(data_iter):
                (((xb @ w + b - yb) ** 2).mean() / 2).backward()
                if i % 2:
                    with torch.no_grad():
                        for p in (w, b):
                            p -= 0.05 * p.grad
                            p.grad = None
