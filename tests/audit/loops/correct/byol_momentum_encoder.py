"""Self-supervised: online and momentum encoder, a predictor, no gradients in the target."""

import copy
import itertools

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(55)
    loader = DataLoader(TensorDataset(torch.randn(64, 8)), batch_size=16, shuffle=True)
    online = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 6))
    predictor = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 6))
    target = copy.deepcopy(online).requires_grad_(False)
    opt = optim.Adam(itertools.chain(online.parameters(), predictor.parameters()), lr=1e-3)

    def view(x):
        return x + 0.1 * torch.randn_like(x)

    with record(train=loader):
        for _ in range(3):
            for (x,) in loader:
                a, b = view(x), view(x)
                p = predictor(online(a))
                with torch.no_grad():
                    z = target(b)
                loss = 2 - 2 * F.cosine_similarity(p, z.detach()).mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
                for t, o in zip(target.parameters(), online.parameters(), strict=True):
                    t.data.lerp_(o.data, 0.05)
