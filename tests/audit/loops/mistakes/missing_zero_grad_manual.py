"""Manual gradient descent without clearing."""

import torch
import torch.nn.functional as F
from torch import nn

EXPECTED = "missing-zero-grad"
MISTAKE = "param.grad is never zeroed between the updates."


def main(record):
    torch.manual_seed(61)
    X = torch.randn(60, 3)
    y = X @ torch.randn(3, 1)
    net = nn.Linear(3, 1)
    with record():
        for _ in range(10):
            loss = F.mse_loss(net(X), y)
            loss.backward()
            with torch.no_grad():
                for p in net.parameters():
                    p -= 0.01 * p.grad
