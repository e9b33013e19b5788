"""Fine-tuning: the head first with the body frozen and in eval mode, then all at a lower rate."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU())
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(self.conv(x).mean((2, 3)))


def run_epochs(model, loader, val, optimizer, number, frozen):
    for _ in range(number):
        model.train()
        if frozen:
            model.conv.eval()
        for x, y in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            sum(F.cross_entropy(model(x), y, reduction="sum") for x, y in val).item()


def main(record):
    torch.manual_seed(918)
    y = torch.arange(96) % 3
    x = torch.rand(3, 1, 6, 6)[y] + 0.2 * torch.rand(96, 1, 6, 6)
    loader = DataLoader(TensorDataset(x[:72], y[:72]), 12, shuffle=True)
    val = DataLoader(TensorDataset(x[72:], y[72:]), 24)
    model = Backbone()
    for p in model.parameters():
        p.requires_grad = False
    model.fc = nn.Linear(6, 3)
    with record(train=loader, val=val):
        run_epochs(model, loader, val, optim.Adam(model.fc.parameters(), lr=1e-2), 2, True)
        for p in model.parameters():
            p.requires_grad = True
        optimizer = optim.Adam(
            [{"params": model.conv.parameters(), "lr": 1e-4}, {"params": model.fc.parameters()}],
            lr=1e-3,
        )
        run_epochs(model, loader, val, optimizer, 2, False)
