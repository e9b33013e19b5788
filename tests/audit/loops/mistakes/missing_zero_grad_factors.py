"""A matrix factorised by hand, on plain tensors."""

import torch

EXPECTED = "missing-zero-grad"
MISTAKE = "The gradients of U and V are never cleared."


def main(record):
    torch.manual_seed(0)
    U = torch.randn(20, 4, requires_grad=True)
    V = torch.randn(20, 4, requires_grad=True)
    R = torch.randn(20, 4) @ torch.randn(4, 20)
    with record():
        for _ in range(40):
            loss = ((U @ V.T - R) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                U -= 0.01 * U.grad
                V -= 0.01 * V.grad
