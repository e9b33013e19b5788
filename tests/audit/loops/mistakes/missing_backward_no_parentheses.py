"""backward is named, not called."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-backward"
MISTAKE = "loss.backward without parentheses does nothing."


class Trainer:
    def __init__(self, model):
        self.model, self.opt = model, optim.AdamW(model.parameters(), lr=1e-3)

    def fit(self, loader):
        self.model.train()
        for x, y in loader:
            self.opt.zero_grad()
            loss = F.cross_entropy(self.model(x), y)
            loss.backward  # noqa: B018
            self.opt.step()


def main(record):
    torch.manual_seed(66)
    X = torch.rand(40, 1, 6, 6)
    loader = DataLoader(TensorDataset(X, torch.arange(40) % 4), batch_size=10, shuffle=True)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 4)
    )
    with record(train=loader):
        Trainer(net).fit(loader)
