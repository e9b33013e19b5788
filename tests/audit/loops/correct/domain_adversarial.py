"""Source and target batches, a backward for each, one step."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(73)
    source = DataLoader(
        TensorDataset(torch.randn(48, 4), torch.randint(0, 2, (48,))), 8, shuffle=True
    )
    target = DataLoader(TensorDataset(torch.randn(48, 4) + 0.5), 8, shuffle=True)
    features = nn.Sequential(nn.Linear(4, 12), nn.ReLU())
    labels, domain = nn.Linear(12, 2), nn.Linear(12, 1)
    modules = nn.ModuleList([features, labels, domain])
    opt = optim.Adam(modules.parameters(), lr=1e-3)
    with record(train=source):
        stream = iter(target)
        for xs, ys in source:
            opt.zero_grad()
            h = features(xs)
            loss = F.cross_entropy(labels(h), ys)
            loss = loss + F.binary_cross_entropy_with_logits(domain(h), torch.ones(len(h), 1))
            loss.backward()
            (xt,) = next(stream)
            F.binary_cross_entropy_with_logits(domain(features(xt)), torch.zeros(8, 1)).backward()
            opt.step()
