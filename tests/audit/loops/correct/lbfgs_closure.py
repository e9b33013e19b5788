"""LBFGS with a closure on one batch of everything: curve fitting."""

import torch
import torch.nn.functional as F
from torch import nn

EXPECTED = None


def main(record):
    torch.manual_seed(3)
    x = torch.linspace(-1, 1, 40).unsqueeze(1)
    y = torch.sin(3 * x)
    model = nn.Sequential(nn.Linear(1, 10), nn.Tanh(), nn.Linear(10, 1))
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=5)

    def closure():
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        return loss

    with record():
        for _ in range(6):
            optimizer.step(closure)
