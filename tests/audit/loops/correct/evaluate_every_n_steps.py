"""Validation in mid-epoch, before the batch in hand is used; pixels scaled in the loop."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def evaluate(net, loader):
    was_training = net.training
    net.eval()
    with torch.no_grad():
        losses = [F.cross_entropy(net(x.float() / 255), y).item() for x, y in loader]
    net.train(was_training)
    return float(np.mean(losses))


def main(record):
    torch.manual_seed(60)
    X = torch.randint(0, 256, (80, 1, 6, 6), dtype=torch.uint8)
    y = (X.float().mean((1, 2, 3)) > 127).long()
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=10, shuffle=True)
    val = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=10)
    net = nn.Sequential(
        nn.Flatten(), nn.Linear(36, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2)
    )
    opt = optim.Adam(net.parameters(), lr=1e-3)
    step = 0
    with record(train=train, val=val):
        for _ in range(2):
            for x, t in train:
                if step % 4 == 0:
                    evaluate(net, val)
                x = x.float().div(255)
                loss = F.cross_entropy(net(x), t)
                opt.zero_grad()
                loss.backward()
                opt.step()
                step += 1
