"""Sharpness-aware minimisation as an optimizer that wraps another: two steps for each batch."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


class SAM(torch.optim.Optimizer):
    def __init__(self, params, base, rho=0.05, **settings):
        super().__init__(params, dict(rho=rho, **settings))
        self.base = base(self.param_groups, **settings)
        self.param_groups = self.base.param_groups

    @torch.no_grad()
    def first_step(self, zero_grad=False):
        norm = torch.norm(
            torch.stack([p.grad.norm() for g in self.param_groups for p in g["params"]])
        )
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["old"] = p.data.clone()
                p.add_(p.grad * group["rho"] / (norm + 1e-12))
        if zero_grad:
            self.zero_grad()

    @torch.no_grad()
    def second_step(self, zero_grad=False):
        for group in self.param_groups:
            for p in group["params"]:
                p.data = self.state[p]["old"]
        self.base.step()
        if zero_grad:
            self.zero_grad()


def main(record):
    torch.manual_seed(910)
    y = torch.randint(0, 3, (96,))
    x = torch.randn(3, 6)[y] + 0.5 * torch.randn(96, 6)
    train, val = (
        DataLoader(TensorDataset(x[:72], y[:72]), 18, shuffle=True),
        DataLoader(TensorDataset(x[72:], y[72:]), 24),
    )
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer = SAM(model.parameters(), torch.optim.SGD, lr=0.1, momentum=0.9)
    with record(train=train, val=val):
        for _ in range(3):
            model.train()
            for a, b in train:
                F.cross_entropy(model(a), b).backward()
                optimizer.first_step(zero_grad=True)
                F.cross_entropy(model(a), b).backward()
                optimizer.second_step(zero_grad=True)
            model.eval()
            with torch.no_grad():
                sum(F.cross_entropy(model(a), b) for a, b in val)
