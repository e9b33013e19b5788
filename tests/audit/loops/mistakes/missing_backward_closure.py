"""LBFGS on a full batch; the closure returns its loss and computes no gradient."""

import torch
from torch import nn

EXPECTED = "missing-backward"


def main(record):
    torch.manual_seed(0)
    inputs = torch.linspace(-2, 2, 60)[:, None]
    targets = torch.sin(2 * inputs)
    model = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=5)

    def closure():
        optimizer.zero_grad()
        return nn.functional.mse_loss(model(inputs), targets)

    with record():
        for _ in range(8):
            optimizer.step(closure)
            with torch.no_grad():
                print(nn.functional.mse_loss(model(inputs + 0.01), targets).item())
