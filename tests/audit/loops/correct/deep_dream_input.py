"""Optimising an image: the network stays as it is, the optimizer holds the input."""

import torch
from torch import nn, optim

EXPECTED = None


def main(record):
    torch.manual_seed(57)
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 5)).eval()
    image = torch.rand(1, 1, 8, 8, requires_grad=True)
    optimizer = optim.Adam([image], lr=0.05)
    with record():
        for _ in range(10):
            optimizer.zero_grad()
            loss = -net(image)[0, 3] + 0.01 * image.pow(2).sum()
            loss.backward()
            optimizer.step()
