"""Hand-written loss, no loader."""

import torch
from torch import nn

EXPECTED = "missing-backward"
MISTAKE = "A loss is computed and printed, backward is never called."


def main(record):
    torch.manual_seed(9)
    x = torch.randn(64, 4)
    w = torch.randn(4, 1)
    model = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    with record():
        for _ in range(8):
            optimizer.zero_grad()
            loss = (model(x) - x @ w).pow(2).mean()
            float(loss.detach())
            optimizer.step()
