"""Two heads with a backward each on the same batch, one optimizer step."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(7, 14), nn.ReLU())
        self.kind, self.size = nn.Linear(14, 3), nn.Linear(14, 1)

    def forward(self, x):
        h = self.trunk(x)
        return self.kind(h), self.size(h)


def main(record):
    torch.manual_seed(43)
    X = torch.randn(66, 7)
    loader = DataLoader(
        TensorDataset(X, X[:, :3].argmax(1), X.sum(1, keepdim=True)), batch_size=11, shuffle=True
    )
    model = TwoHeads()
    optimizer = optim.Adam(model.parameters(), lr=5e-3)
    with record(train=loader):
        for _ in range(3):
            for x, kind, size in loader:
                optimizer.zero_grad()
                kind_pred, size_pred = model(x)
                F.cross_entropy(kind_pred, kind).backward(retain_graph=True)
                F.mse_loss(size_pred, size).backward()
                optimizer.step()
