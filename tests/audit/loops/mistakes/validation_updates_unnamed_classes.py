"""Two loaders that nobody names; the second is learned from in eval mode, in its stored order."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "validation-updates-weights"
MISTAKE = "The evaluation steps the optimizer."


def main(record):
    torch.manual_seed(1044)
    x = torch.randn(110, 5)
    y = (x[:, 1] > 0).long()
    first = DataLoader(TensorDataset(x[:60], y[:60]), 12, shuffle=True)
    by_class = 60 + y[60:].argsort()  # as a folder for each class has it
    second = DataLoader(TensorDataset(x[by_class], y[by_class]), 10)
    net = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 2))
    optimizer = optim.SGD(net.parameters(), lr=0.05)

    def go_through(loader, learn):
        net.train(learn)
        for a, b in loader:
            loss = F.cross_entropy(net(a), b)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    with record():
        for _ in range(3):
            go_through(first, True)
            go_through(second, False)
