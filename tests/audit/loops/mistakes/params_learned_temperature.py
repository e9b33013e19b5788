"""Only the trunk and one of two heads are given to the optimizer."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "params-not-in-optimizer"
MISTAKE = "The regression head is missing from the parameter groups."


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk, self.kind, self.size = nn.Linear(6, 12), nn.Linear(12, 3), nn.Linear(12, 1)

    def forward(self, x):
        h = torch.relu(self.trunk(x))
        return self.kind(h), self.size(h)


def main(record):
    torch.manual_seed(1020)
    x = torch.randn(72, 6)
    train = DataLoader(TensorDataset(x, x[:, :3].argmax(1), x[:, 3:4]), 12, shuffle=True)
    model = Two()
    optimizer = optim.SGD(
        [{"params": model.trunk.parameters()}, {"params": model.kind.parameters(), "lr": 0.1}],
        lr=0.05,
    )
    with record(train=train):
        for _ in range(3):
            for a, b, c in train:
                kind, size = model(a)
                loss = F.cross_entropy(kind, b) + F.mse_loss(size, c)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
