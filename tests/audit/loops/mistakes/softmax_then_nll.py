"""NLLLoss after softmax instead of log_softmax."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "softmax-before-cross-entropy"
MISTAKE = "nll_loss gets probabilities where it expects log-probabilities."


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(6, 16), nn.Linear(16, 3)

    def forward(self, x):
        return F.softmax(self.fc2(F.relu(self.fc1(x))), dim=1)


def main(record):
    torch.manual_seed(85)
    X = torch.randn(60, 6)
    loader = DataLoader(TensorDataset(X, X[:, :3].argmax(1)), batch_size=12, shuffle=True)
    net = Net()
    opt = optim.SGD(net.parameters(), lr=0.1)
    with record(train=loader):
        for _ in range(2):
            for a, b in loader:
                opt.zero_grad()
                F.nll_loss(net(a), b).backward()
                opt.step()
