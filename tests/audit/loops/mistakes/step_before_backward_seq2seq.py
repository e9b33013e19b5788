"""Sequence model: optimizer.step() comes right before loss.backward()."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "step-before-backward"
MISTAKE = "step() and backward() are swapped; zero_grad() comes first."


def main(record):
    torch.manual_seed(1007)
    x = torch.randint(0, 9, (48, 5))
    train = DataLoader(TensorDataset(x, x.flip(1)), 12, shuffle=True)
    embed, rnn, out = nn.Embedding(9, 8), nn.GRU(8, 12, batch_first=True), nn.Linear(12, 9)
    optimizer = optim.SGD([*embed.parameters(), *rnn.parameters(), *out.parameters()], lr=0.1)
    with record(train=train):
        for _ in range(3):
            for a, b in train:
                optimizer.zero_grad()
                scores = out(rnn(embed(a))[0])
                loss = F.cross_entropy(scores.transpose(1, 2), b)
                optimizer.step()
                loss.backward()
