"""An exponential average of the loss, kept as a tensor with its history."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "loss-graph-retained"
MISTAKE = "smooth = 0.9 * smooth + 0.1 * loss without detach()."


def main(record):
    torch.manual_seed(1017)
    x = torch.randn(160, 4)
    train = DataLoader(TensorDataset(x, x.sum(1)), 8, shuffle=True)
    net = nn.Sequential(nn.Linear(4, 10), nn.Tanh(), nn.Linear(10, 1), nn.Flatten(0))
    optimizer = optim.SGD(net.parameters(), lr=0.01)
    smooth = 0.0
    with record(train=train):
        for _ in range(2):
            for a, b in train:
                loss = F.huber_loss(net(a), b)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                smooth = 0.9 * smooth + 0.1 * loss
