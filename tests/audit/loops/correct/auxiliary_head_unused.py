"""A network with a second head that this task does not use."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


class TwoOutputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(6, 12)
        self.aux = nn.Linear(12, 4)
        self.main = nn.Linear(12, 2)

    def forward(self, x):
        h = torch.relu(self.trunk(x))
        return self.main(h), self.aux(h)


def main(record):
    torch.manual_seed(62)
    X = torch.randn(48, 6)
    loader = DataLoader(TensorDataset(X, (X[:, 0] > 0).long()), batch_size=12, shuffle=True)
    net = TwoOutputs()
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=loader):
        for _ in range(3):
            for x, y in loader:
                logits, _ = net(x)
                loss = F.cross_entropy(logits, y)
                opt.zero_grad()
                loss.backward()
                opt.step()
