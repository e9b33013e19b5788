"""Semi-supervised: labelled and unlabelled loader side by side, pseudo-labels under no_grad."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(66)
    X = torch.randn(120, 5)
    y = (X[:, 0] > 0).long()
    labelled = DataLoader(TensorDataset(X[:40], y[:40]), batch_size=8, shuffle=True)
    unlabelled = DataLoader(TensorDataset(X[40:]), batch_size=16, shuffle=True)
    net = nn.Sequential(nn.Linear(5, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
    opt = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    with record(train=labelled):
        for _ in range(2):
            for (xl, yl), (xu,) in zip(labelled, unlabelled, strict=False):
                with torch.no_grad():
                    confidence, pseudo = net(xu).softmax(1).max(1)
                strong = net(xu + 0.3 * torch.randn_like(xu))
                mask = (confidence > 0.6).float()
                loss = F.cross_entropy(net(xl), yl)
                loss = loss + (F.cross_entropy(strong, pseudo, reduction="none") * mask).mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
