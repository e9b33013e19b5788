"""The targets are shuffled on their own before the data set is made; validation is as given."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "shuffled-labels"
MISTAKE = "labels = labels[torch.randperm(n)] for the training part only."


def main(record):
    torch.manual_seed(1036)
    y = torch.randint(0, 4, (280,))
    x = 2 * torch.randn(4, 7)[y] + torch.randn(280, 7)
    shuffled = y[:200][torch.randperm(200)]
    train = DataLoader(TensorDataset(x[:200], shuffled), 25, shuffle=True)
    val = DataLoader(TensorDataset(x[200:], y[200:]), 40)
    net = nn.Sequential(nn.Linear(7, 24), nn.ReLU(), nn.Linear(24, 4))
    optimizer = optim.Adam(net.parameters(), lr=3e-3)
    with record(train=train, val=val):
        for _ in range(5):
            net.train()
            for a, b in train:
                optimizer.zero_grad()
                F.cross_entropy(net(a), b).backward()
                optimizer.step()
            net.eval()
            with torch.no_grad():
                [F.cross_entropy(net(a), b).item() for a, b in val]
