"""Updates written out; the clipping slipped below them."""

import torch
from torch import nn

EXPECTED = "clip-after-step"


def main(record):
    torch.manual_seed(0)
    inputs = torch.randn(256, 5)
    targets = inputs.sum(1, keepdim=True)
    model = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 1))
    with record():
        for start in [*range(0, 256, 32)] * 3:
            model.zero_grad()
            batch = inputs[start : start + 32]
            loss = nn.functional.mse_loss(model(batch), targets[start : start + 32])
            loss.backward()
            for parameter in model.parameters():
                parameter.data.add_(parameter.grad, alpha=-0.1)
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
