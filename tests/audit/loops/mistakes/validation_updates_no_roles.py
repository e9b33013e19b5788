"""Recurrent regression; nothing told to record."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "validation-updates-weights"
MISTAKE = "The evaluation steps the optimizer, in eval mode."


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.drop, self.fc = (
            nn.GRU(1, 8, batch_first=True),
            nn.Dropout(0.1),
            nn.Linear(8, 1),
        )

    def forward(self, x):
        return self.fc(self.drop(self.rnn(x)[1][0]))


def main(record):
    torch.manual_seed(74)
    X = torch.randn(60, 5, 1)
    y = X.sum(1)
    train = DataLoader(TensorDataset(X[:40], y[:40]), batch_size=10, shuffle=True)
    val = DataLoader(TensorDataset(X[40:], y[40:]), batch_size=10)
    net = Net()
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with record():
        for _ in range(2):
            net.train()
            for a, b in train:
                opt.zero_grad()
                F.mse_loss(net(a), b).backward()
                opt.step()
            net.eval()
            for a, b in val:
                opt.zero_grad()
                F.mse_loss(net(a), b).backward()
                opt.step()
