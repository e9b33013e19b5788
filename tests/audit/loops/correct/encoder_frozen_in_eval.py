"""Linear probe: features from a network in eval mode under no_grad, only the probe learns."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(44)
    encoder = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten())
    probe = nn.Linear(4 * 36, 2)
    X = torch.rand(50, 1, 8, 8)
    y = (X[:, 0, :4].mean((1, 2)) > 0.5).long()
    train = DataLoader(TensorDataset(X[:40], y[:40]), batch_size=10, shuffle=True)
    val = DataLoader(TensorDataset(X[40:], y[40:]), batch_size=10)
    opt = optim.LBFGS(probe.parameters(), lr=0.1, max_iter=3)
    with record(train=train, val=val):
        encoder.eval()
        for _ in range(2):
            for images, labels in train:
                with torch.no_grad():
                    feats = encoder(images)

                def closure(feats=feats, labels=labels):
                    opt.zero_grad()
                    loss = F.cross_entropy(probe(feats), labels)
                    loss.backward()
                    return loss

                opt.step(closure)
            with torch.no_grad():
                [probe(encoder(a)).argmax(1).eq(b).float().mean().item() for a, b in val]
