"""Sequence regression with dropout between LSTM layers; inference_mode, no eval."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-eval-mode"
MISTAKE = "model.eval() is missing: the LSTM's dropout is on in validation."


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 6, num_layers=2, dropout=0.3, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        return self.fc(self.lstm(x)[0][:, -1])


def main(record):
    torch.manual_seed(18)
    X = torch.randn(50, 4, 2)
    y = X[:, :, 0].sum(1, keepdim=True)
    tr = DataLoader(TensorDataset(X[:40], y[:40]), batch_size=10, shuffle=True)
    va = DataLoader(TensorDataset(X[40:], y[40:]), batch_size=10)
    net = Net()
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=tr, val=va):
        for _ in range(3):
            for x, t in tr:
                opt.zero_grad()
                F.mse_loss(net(x), t).backward()
                opt.step()
            with torch.inference_mode():
                [F.mse_loss(net(x), t).item() for x, t in va]
