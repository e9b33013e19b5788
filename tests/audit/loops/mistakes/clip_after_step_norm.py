"""Recurrent model, clipping after the step."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "clip-after-step"
MISTAKE = "clip_grad_norm_ is called after optimizer.step()."


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.fc = nn.RNN(1, 10, batch_first=True), nn.Linear(10, 1)

    def forward(self, x):
        return self.fc(self.rnn(x)[0][:, -1])


def main(record):
    torch.manual_seed(10)
    X = torch.randn(48, 6, 1)
    loader = DataLoader(TensorDataset(X, X.sum(1)), batch_size=12, shuffle=True)
    net = Net()
    optimizer = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=loader):
        for _ in range(3):
            for x, y in loader:
                optimizer.zero_grad()
                loss = F.mse_loss(net(x), y)
                loss.backward()
                optimizer.step()
                torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
