"""Recurrent net; gradients set to None by hand too early."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "zero-grad-before-step"
MISTAKE = "p.grad = None is done before the step."


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(2, 8, batch_first=True), nn.Linear(8, 1)

    def forward(self, x):
        return self.out(self.rnn(x)[1][0])


def main(record):
    torch.manual_seed(6)
    X = torch.randn(40, 5, 2)
    loader = DataLoader(TensorDataset(X, X.sum((1, 2))[:, None]), batch_size=10, shuffle=True)
    net = Net()
    opt = optim.RMSprop(net.parameters())
    with record(train=loader):
        for _ in range(3):
            for x, y in loader:
                F.l1_loss(net(x), y).backward()
                for p in net.parameters():
                    p.grad = None
                opt.step()
