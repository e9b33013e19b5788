"""Tagger that collects outputs for a metric without detach."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "loss-graph-retained"
MISTAKE = "Logits are collected with their graphs until the end of training."


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.fc = nn.Embedding(30, 8), nn.Linear(8, 4)

    def forward(self, ids):
        return self.fc(self.emb(ids))


def main(record):
    torch.manual_seed(29)
    ids = torch.randint(0, 30, (64, 6))
    loader = DataLoader(TensorDataset(ids, ids % 4), batch_size=8, shuffle=True)
    tagger = Tagger()
    opt = optim.Adam(tagger.parameters(), lr=1e-2)
    all_losses = {"train": []}
    with record(train=loader):
        for _ in range(2):
            for x, y in loader:
                logits = tagger(x)
                loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())
                opt.zero_grad()
                loss.backward()
                opt.step()
                all_losses["train"].append((logits, loss))
