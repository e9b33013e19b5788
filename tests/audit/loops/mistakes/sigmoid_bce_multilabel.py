"""Multi-label: sigmoid in the model, and BCEWithLogitsLoss."""

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "softmax-before-cross-entropy"
MISTAKE = "Sigmoid is applied twice."


def main(record):
    torch.manual_seed(1031)
    x = torch.randn(80, 6)
    train = DataLoader(TensorDataset(x, (x[:, :3] > 0).float()), 16, shuffle=True)
    net = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3), nn.Sigmoid())
    optimizer, criterion = optim.Adam(net.parameters(), lr=1e-2), nn.BCEWithLogitsLoss()
    with record(train=train):
        for _ in range(3):
            for a, b in train:
                loss = criterion(net(a), b)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
