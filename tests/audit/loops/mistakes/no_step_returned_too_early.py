"""A trainer class whose training_step returns before the optimizer steps."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "no-step"
MISTAKE = "return stands above optimizer.step()."


class Trainer:
    def __init__(self, net):
        self.net, self.optimizer = net, optim.SGD(net.parameters(), lr=0.1)

    def training_step(self, x, y):
        self.optimizer.zero_grad()
        loss = F.mse_loss(self.net(x), y)
        loss.backward()
        return loss.item()
        self.optimizer.step()


def main(record):
    torch.manual_seed(1009)
    x = torch.randn(60, 4)
    train = DataLoader(TensorDataset(x, x[:, :1]), 15, shuffle=True)
    trainer = Trainer(nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)))
    with record(train=train):
        for _ in range(3):
            for a, b in train:
                trainer.training_step(a, b)
