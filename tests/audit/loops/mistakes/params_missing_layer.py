"""Only the head's parameters given to the optimizer, the body is new and trainable."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "params-not-in-optimizer"
MISTAKE = "The optimizer gets model.head.parameters() only."


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(6, 20), nn.Linear(20, 2)

    def forward(self, x):
        return self.head(F.relu(self.body(x)))


def main(record):
    torch.manual_seed(0)
    X = torch.randn(60, 6)
    y = (X[:, 0] > 0).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=15, shuffle=True)
    model = Net()
    optimizer = optim.Adam(model.head.parameters(), lr=1e-2)
    with record(train=loader):
        for _ in range(3):
            model.train()
            for xb, yb in loader:
                model.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
