"""Steps instead of epochs, and each begins the loader anew (no shuffling)."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "same-batch"
MISTAKE = "next(iter(loader)) in every step of an unshuffled loader."


def main(record):
    torch.manual_seed(1038)
    ids = torch.randint(0, 9, (120, 6))
    train = DataLoader(TensorDataset(ids[:, :-1], ids[:, 1:]), 12)
    net = nn.Sequential(nn.Embedding(9, 12), nn.Linear(12, 9))
    optimizer = optim.AdamW(net.parameters(), lr=1e-2)
    with record(train=train):
        for _ in range(15):
            a, b = next(iter(train))
            loss = F.cross_entropy(net(a).flatten(0, 1), b.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
