"""Own optimizer function; gradients cleared with p.grad = None before backward."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def sgd_step(params, velocity, lr=0.05, mu=0.9):
    with torch.no_grad():
        for p, v in zip(params, velocity, strict=True):
            v.mul_(mu).add_(p.grad)
            p.sub_(lr * v)


def main(record):
    torch.manual_seed(25)
    X, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
    loader = DataLoader(TensorDataset(X, y), batch_size=16, shuffle=True)
    model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
    params = list(model.parameters())
    velocity = [torch.zeros_like(p) for p in params]
    with record(train=loader):
        for _ in range(3):
            for xb, yb in loader:
                for p in params:
                    p.grad = None
                loss = F.nll_loss(F.log_softmax(model(xb), dim=1), yb)
                loss.backward()
                sgd_step(params, velocity)
