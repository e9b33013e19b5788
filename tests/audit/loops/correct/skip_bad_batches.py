"""Batches with a loss that is not finite are skipped; warm-up by hand."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(71)
    X = torch.randn(60, 4)
    X[17] = float("nan")
    loader = DataLoader(TensorDataset(X, X[:, :1]), batch_size=10, shuffle=True)
    net = nn.Linear(4, 1)
    opt = optim.SGD(net.parameters(), lr=0.0)
    step = 0
    with record(train=loader):
        for _ in range(3):
            for x, y in loader:
                for group in opt.param_groups:
                    group["lr"] = 0.05 * min(1.0, step / 5)
                step += 1
                opt.zero_grad(set_to_none=True)
                loss = F.mse_loss(net(x), y)
                if not torch.isfinite(loss):
                    continue
                loss.backward()
                opt.step()
