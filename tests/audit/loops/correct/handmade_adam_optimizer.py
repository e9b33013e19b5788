"""An Adam written by hand, without torch.optim, in the shape of an optimizer class."""

import torch
from torch import nn

EXPECTED = None


class MyAdam:
    def __init__(self, parameters, rate=1e-2):
        self.parameters, self.rate, self.t = list(parameters), rate, 0
        self.m = [torch.zeros_like(p) for p in self.parameters]
        self.v = [torch.zeros_like(p) for p in self.parameters]

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def step(self):
        self.t += 1
        for p, m, v in zip(self.parameters, self.m, self.v, strict=True):
            m.mul_(0.9).add_(p.grad, alpha=0.1)
            v.mul_(0.999).addcmul_(p.grad, p.grad, value=0.001)
            p -= self.rate * (m / (1 - 0.9**self.t)) / ((v / (1 - 0.999**self.t)).sqrt() + 1e-8)


def main(record):
    torch.manual_seed(924)
    x = torch.randn(90, 4)
    y = x @ torch.tensor([1.0, -1.0, 2.0, 0.5]) + 0.1 * torch.randn(90)
    net = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 1), nn.Flatten(0))
    optimizer = MyAdam(net.parameters())
    with record():
        for _ in range(5):
            for rows in torch.randperm(90).split(15):
                loss = nn.functional.mse_loss(net(x[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
