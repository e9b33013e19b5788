"""next(iter(loader)) in the step loop, unshuffled."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "same-batch"
MISTAKE = "next(iter(loader)) starts the loader again each time: always its first batch."


def main(record):
    torch.manual_seed(30)
    X = torch.randn(80, 5)
    y = (X[:, 0] > 0).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=8)
    model = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 2))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with record(train=loader):
        for _ in range(20):
            xb, yb = next(iter(loader))
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()
