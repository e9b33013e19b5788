"""Encoder's output detached before the decoder, both in the optimizer."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "gradient-not-reaching-model"
MISTAKE = "detach() between encoder and decoder: the encoder gets no gradient."


class AE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(10, 6), nn.ReLU())
        self.decoder = nn.Linear(6, 10)

    def forward(self, x):
        code = self.encoder(x).detach()
        return self.decoder(code)


def main(record):
    torch.manual_seed(15)
    loader = DataLoader(TensorDataset(torch.rand(60, 10)), batch_size=15, shuffle=True)
    model = AE()
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    with record(train=loader):
        for _ in range(3):
            for (x,) in loader:
                optimizer.zero_grad()
                F.mse_loss(model(x), x).backward()
                optimizer.step()
