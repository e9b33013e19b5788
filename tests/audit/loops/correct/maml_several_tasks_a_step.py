"""MAML with four tasks an update: their inner graphs live until the outer backward."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = None


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(1, 20), nn.Linear(20, 1)

    def forward(self, x, params):
        hidden = F.linear(x, params[0], params[1]).tanh()
        return F.linear(hidden, params[2], params[3])


def sines():
    size, phase = torch.rand(1) * 4 + 0.5, torch.rand(1) * 3

    def sample(n):
        x = torch.rand(n, 1) * 10 - 5
        return x, size * torch.sin(x + phase)

    return sample


def main(record):
    torch.manual_seed(0)
    net = Net()
    outer = optim.Adam(net.parameters(), lr=1e-3)
    with record():
        for _ in range(10):
            outer.zero_grad()
            total = 0.0
            for _task in range(4):
                sample = sines()
                (x, y), (new_x, new_y) = sample(10), sample(10)
                fast = list(net.parameters())
                for _inner in range(2):
                    loss = F.mse_loss(net(x, fast), y)
                    grads = torch.autograd.grad(loss, fast, create_graph=True)
                    fast = [w - 0.05 * g for w, g in zip(fast, grads, strict=True)]
                total = total + F.mse_loss(net(new_x, fast), new_y)
            (total / 4).backward()
            outer.step()
