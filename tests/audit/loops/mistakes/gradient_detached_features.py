"""Two modules with one optimizer; features detached on the way."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "gradient-not-reaching-model"
MISTAKE = "head(features(x).detach()): the feature network never learns."


def main(record):
    torch.manual_seed(84)
    X = torch.rand(48, 1, 6, 6)
    loader = DataLoader(TensorDataset(X, torch.arange(48) % 3), batch_size=12, shuffle=True)
    features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten())
    head = nn.Linear(64, 3)
    opt = optim.Adam([*features.parameters(), *head.parameters()], lr=1e-2)
    with record(train=loader):
        for _ in range(3):
            for a, b in loader:
                opt.zero_grad()
                F.cross_entropy(head(features(a).detach()), b).backward()
                opt.step()
