"""Sparse embedding with SparseAdam, the rest with AdamW."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


class Recommender(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = nn.Embedding(40, 8, sparse=True)
        self.score = nn.Linear(8, 1)

    def forward(self, i):
        return self.score(self.items(i)).squeeze(1)


def main(record):
    torch.manual_seed(63)
    items = torch.randint(0, 40, (80,))
    rating = (items % 5).float()
    loader = DataLoader(TensorDataset(items, rating), batch_size=16, shuffle=True)
    model = Recommender()
    opts = [
        optim.SparseAdam(model.items.parameters(), lr=1e-2),
        optim.AdamW(model.score.parameters(), lr=1e-2),
    ]
    with record(train=loader):
        for _ in range(3):
            for i, r in loader:
                for o in opts:
                    o.zero_grad()
                F.mse_loss(model(i), r).backward()
                for o in opts:
                    o.step()
