"""Gradient accumulation over four batches, each loss divided by four."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(7)
    X, w = torch.randn(128, 5), torch.randn(5, 1)
    ds = TensorDataset(X, X @ w)
    loader = DataLoader(ds, batch_size=8, shuffle=True)
    model = nn.Linear(5, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.05)
    accum_iter = 4
    with record(train=loader):
        for _ in range(2):
            optimizer.zero_grad()
            for batch_idx, (inputs, labels) in enumerate(loader):
                preds = model(inputs)
                loss = nn.functional.mse_loss(preds, labels)
                loss = loss / accum_iter
                loss.backward()
                if (batch_idx + 1) % accum_iter == 0 or batch_idx + 1 == len(loader):
                    optimizer.step()
                    optimizer.zero_grad()
