"""LBFGS whose closure does not clear."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = "missing-zero-grad"
MISTAKE = "The closure calls backward without zero_grad."


def main(record):
    torch.manual_seed(63)
    x = torch.linspace(-1, 1, 30)[:, None]
    net = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
    opt = optim.LBFGS(net.parameters(), lr=0.1, max_iter=4)

    def closure():
        loss = F.mse_loss(net(x), x**3)
        loss.backward()
        return loss

    with record():
        for _ in range(5):
            opt.step(closure)
