"""Autoencoder of two modules, one forgotten."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "params-not-in-optimizer"
MISTAKE = "Only the decoder's parameters are in the optimizer."


def main(record):
    torch.manual_seed(1)
    data = DataLoader(TensorDataset(torch.rand(60, 12)), batch_size=15, shuffle=True)
    encoder = nn.Sequential(nn.Linear(12, 4), nn.ReLU())
    decoder = nn.Sequential(nn.Linear(4, 12), nn.Sigmoid())
    optimizer = optim.Adam(decoder.parameters(), lr=1e-2)
    with record(train=data):
        for _ in range(3):
            encoder.train()
            decoder.train()
            for (x,) in data:
                loss = F.mse_loss(decoder(encoder(x)), x)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
