"""A classifier of two classes with one output, squeezed before the loss."""

import torch
from torch import nn, optim
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "softmax-before-cross-entropy"
MISTAKE = "The network ends in a sigmoid, and the loss expects logits."


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(9, 32), nn.Linear(32, 1)

    def forward(self, x):
        return torch.sigmoid(self.out(F.relu(self.hidden(x))))


def main(record):
    torch.manual_seed(0)
    x = torch.randn(160, 9)
    y = (x[:, 0] > x[:, 1]).float()
    loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
    net = Net()
    optimizer = optim.Adam(net.parameters(), lr=1e-2)
    criterion = nn.BCEWithLogitsLoss()
    with record(train=loader):
        for _ in range(3):
            for inputs, targets in loader:
                optimizer.zero_grad()
                criterion(net(inputs).squeeze(1), targets).backward()
                optimizer.step()
