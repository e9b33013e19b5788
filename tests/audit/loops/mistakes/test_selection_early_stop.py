"""Early stopping and the plateau schedule follow the test loss."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "test-for-selection"
MISTAKE = "Early stopping looks at the test set although a validation set is there."


def evaluate(net, loader):
    net.eval()
    with torch.no_grad():
        return float(np.mean([F.mse_loss(net(x), y).item() for x, y in loader]))


def main(record):
    torch.manual_seed(26)
    X = torch.randn(110, 4)
    y = X.prod(1, keepdim=True)
    cuts = ((0, 70), (70, 90), (90, 110))
    train, val, test = (
        DataLoader(TensorDataset(X[a:b], y[a:b]), 10, shuffle=a == 0) for a, b in cuts
    )
    net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    plateau = optim.lr_scheduler.ReduceLROnPlateau(opt, patience=0)
    with record(train=train, val=val, test=test):
        best, bad = float("inf"), 0
        for _ in range(8):
            net.train()
            for x, t in train:
                opt.zero_grad()
                F.mse_loss(net(x), t).backward()
                opt.step()
            evaluate(net, val)
            test_loss = evaluate(net, test)
            plateau.step(test_loss)
            bad = 0 if test_loss < best else bad + 1
            best = min(best, test_loss)
            if bad > 2:
                break
