"""Classifier, zero_grad at the end, clipping by value between step and zero_grad."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "clip-after-step"
MISTAKE = "clip_grad_value_ changes gradients that were used already."


def main(record):
    torch.manual_seed(11)
    X = torch.randn(60, 5)
    y = (X.sum(1) > 0).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=10, shuffle=True)
    clf = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 2))
    opt = optim.SGD(clf.parameters(), lr=0.1, momentum=0.9)
    with record(train=loader):
        for _ in range(2):
            for xb, yb in loader:
                F.nll_loss(clf(xb).log_softmax(-1), yb).backward()
                opt.step()
                nn.utils.clip_grad_value_(clf.parameters(), 0.1)
                opt.zero_grad(set_to_none=False)
