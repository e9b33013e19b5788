"""Keyword-only model that returns a dict."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
)

EXPECTED = "grad-in-validation"
MISTAKE = "The evaluation of the dict model is not under no_grad."


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Dropout(0.1), nn.Linear(10, 2))

    def forward(self, *, x, labels=None):
        logits = self.fc(x)
        return {
            "logits": logits,
            "loss": None if labels is None else F.cross_entropy(logits, labels),
        }


def main(record):
    torch.manual_seed(73)
    X = torch.randn(70, 5)
    y = (X[:, 0] > 0).long()
    rows = [{"x": a, "labels": b} for a, b in zip(X, y, strict=True)]
    train, val = DataLoader(rows[:50], 10, shuffle=True), DataLoader(rows[50:], 10)
    net = Net()
    opt = optim.AdamW(net.parameters(), lr=1e-2)
    with record(train=train, val=val):
        for _ in range(3):
            net.train()
            for batch in train:
                opt.zero_grad()
                net(**batch)["loss"].backward()
                opt.step()
            net.eval()
            for batch in val:
                out = net(**batch)
                out["loss"].item()
