"""Autoencoder of two modules, only the encoder is given to the optimizer."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "params-not-in-optimizer"
MISTAKE = "decoder.parameters() is missing."


def main(record):
    torch.manual_seed(1021)
    train = DataLoader(TensorDataset(torch.randn(96, 10)), 16, shuffle=True)
    encoder = nn.Sequential(nn.Linear(10, 8), nn.ReLU(), nn.Linear(8, 3))
    decoder = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 10))
    optimizer = optim.Adam(encoder.parameters(), lr=1e-2)
    with record(train=train):
        for _ in range(4):
            for (x,) in train:
                loss = F.mse_loss(decoder(encoder(x)), x)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
