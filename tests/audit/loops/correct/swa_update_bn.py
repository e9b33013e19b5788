"""Stochastic weight averaging: batch norm statistics recomputed over the training data."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.optim.swa_utils import SWALR, AveragedModel, update_bn
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(50)
    X = torch.randn(64, 6)
    y = (X[:, 0] > 0).long()
    train = DataLoader(TensorDataset(X[:48], y[:48]), batch_size=12, shuffle=True)
    val = DataLoader(TensorDataset(X[48:], y[48:]), batch_size=16)
    net = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
    averaged = AveragedModel(net)
    opt = optim.SGD(net.parameters(), lr=0.1)
    swa = SWALR(opt, swa_lr=0.05)
    with record(train=train, val=val):
        for epoch in range(4):
            for xb, yb in train:
                opt.zero_grad()
                F.cross_entropy(net(xb), yb).backward()
                opt.step()
            if epoch >= 2:
                averaged.update_parameters(net)
                swa.step()
        update_bn(train, averaged)
        averaged.eval()
        with torch.no_grad():
            [F.cross_entropy(averaged(xb), yb).item() for xb, yb in val]
