"""Clipping, then zero_grad, then step."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "zero-grad-before-step"
MISTAKE = "zero_grad slipped in after the clipping."


def main(record):
    torch.manual_seed(64)
    X = torch.randn(60, 6, 2)
    loader = DataLoader(TensorDataset(X, X.sum((1, 2))[:, None]), batch_size=15, shuffle=True)
    rnn, fc = nn.GRU(2, 6, batch_first=True), nn.Linear(6, 1)
    params = [*rnn.parameters(), *fc.parameters()]
    opt = optim.Adam(params, lr=1e-2)
    with record(train=loader):
        for _ in range(2):
            for x, y in loader:
                loss = F.mse_loss(fc(rnn(x)[1][0]), y)
                loss.backward()
                nn.utils.clip_grad_norm_(params, 1.0)
                opt.zero_grad()
                opt.step()
