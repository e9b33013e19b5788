"""The layers are rebuilt by a reset function after the optimizer was made."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "optimizer-has-stale-params"
MISTAKE = "model.reset() creates new layers; the optimizer still holds the old ones."


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.reset()

    def reset(self):
        self.a, self.b = nn.Linear(5, 10), nn.Linear(10, 2)

    def forward(self, x):
        return self.b(torch.tanh(self.a(x)))


def main(record):
    torch.manual_seed(1022)
    x = torch.randn(60, 5)
    train = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), 12, shuffle=True)
    net = Net()
    optimizer = optim.Adam(net.parameters(), lr=1e-2)
    net.reset()
    with record(train=train):
        for _ in range(3):
            for a, b in train:
                optimizer.zero_grad()
                F.cross_entropy(net(a), b).backward()
                optimizer.step()
