"""Kaggle script: one long function, the best weights copied and loaded back."""

import copy

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(1)
    X = torch.randn(120, 8)
    y = (X[:, 0] * X[:, 1] > 0).long()
    trn = DataLoader(TensorDataset(X[:80], y[:80]), batch_size=20, shuffle=True)
    val = DataLoader(TensorDataset(X[80:], y[80:]), batch_size=40)
    net = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2))
    opt = optim.AdamW(net.parameters(), lr=1e-2, weight_decay=1e-4)
    sched = optim.lr_scheduler.ReduceLROnPlateau(opt, patience=1)
    with record(train=trn, val=val):
        best, best_wts = 1e9, copy.deepcopy(net.state_dict())
        for _ in range(4):
            net.train()
            running = 0.0
            for data, target in trn:
                opt.zero_grad()
                out = net(data)
                loss = F.cross_entropy(out, target)
                loss.backward()
                opt.step()
                running += loss.item() * data.size(0)
            net.eval()
            val_loss = 0.0
            with torch.no_grad():
                for data, target in val:
                    val_loss += F.cross_entropy(net(data), target, reduction="sum").item()
            val_loss /= len(val.dataset)
            sched.step(val_loss)
            if val_loss < best:
                best, best_wts = val_loss, copy.deepcopy(net.state_dict())
        net.load_state_dict(best_wts)
