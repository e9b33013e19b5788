"""The evaluation goes over its data twice: once for a metric, once with the training's lines."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "validation-updates-weights"
MISTAKE = "The second pass over the validation data calls backward() and step()."


def main(record):
    torch.manual_seed(1043)
    x = torch.randn(90, 5)
    y = (x[:, 0] > 0).long()
    train = DataLoader(TensorDataset(x[:60], y[:60]), 12, shuffle=True)
    val = DataLoader(TensorDataset(x[60:], y[60:]), 15)
    net = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Dropout(0.2), nn.Linear(12, 2))
    optimizer = optim.SGD(net.parameters(), lr=0.05)
    with record(train=train, val=val):
        for _ in range(3):
            net.train()
            for a, b in train:
                optimizer.zero_grad()
                F.cross_entropy(net(a), b).backward()
                optimizer.step()
            net.eval()
            with torch.no_grad():
                sum((net(a).argmax(1) == b).sum().item() for a, b in val)
            for a, b in val:
                optimizer.zero_grad()
                F.cross_entropy(net(a), b).backward()
                optimizer.step()
