"""Siamese network with a triplet loss, three forward passes for each step."""

import numpy as np
import torch
from torch import nn, optim

EXPECTED = None


def main(record):
    torch.manual_seed(22)
    centres = torch.randn(3, 6)
    labels = torch.arange(60) % 3
    points = centres[labels] + 0.3 * torch.randn(60, 6)
    by_class = [points[labels == c] for c in range(3)]
    net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 4))
    optimizer = optim.SGD(net.parameters(), lr=0.05)
    triplet = nn.TripletMarginLoss(margin=1.0)
    rng = np.random.default_rng(0)

    def sample():
        a, n = rng.choice(3, 2, replace=False)
        i = rng.integers(0, 20, (3, 8))
        return by_class[a][i[0]], by_class[a][i[1]], by_class[n][i[2]]

    with record():
        for _ in range(10):
            anchor, positive, negative = sample()
            loss = triplet(net(anchor), net(positive), net(negative))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
