"""Class whose run_epoch always says train(False)."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-train-mode"
MISTAKE = "model.train(False) is called for training epochs too."


class Runner:
    def __init__(self, model):
        self.model, self.opt = model, optim.SGD(model.parameters(), lr=0.1)

    def run_epoch(self, loader, training):
        self.model.train(False)
        for x, y in loader:
            with torch.set_grad_enabled(training):
                loss = F.cross_entropy(self.model(x), y)
            if training:
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()


def main(record):
    torch.manual_seed(21)
    X = torch.randn(60, 5)
    y = (X[:, 1] > X[:, 2]).long()
    tr = DataLoader(TensorDataset(X[:40], y[:40]), batch_size=10, shuffle=True)
    va = DataLoader(TensorDataset(X[40:], y[40:]), batch_size=10)
    runner = Runner(
        nn.Sequential(nn.Linear(5, 10), nn.BatchNorm1d(10), nn.ReLU(), nn.Linear(10, 2))
    )
    with record(train=tr, val=va):
        for _ in range(3):
            runner.run_epoch(tr, True)
            runner.run_epoch(va, False)
