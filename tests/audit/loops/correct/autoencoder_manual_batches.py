"""Denoising autoencoder: batches taken by a permutation of indices, no loader."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = None


def main(record):
    torch.manual_seed(19)
    data = torch.rand(80, 16)
    encoder = nn.Sequential(nn.Linear(16, 6), nn.ReLU())
    decoder = nn.Sequential(nn.Linear(6, 16), nn.Sigmoid())
    params = list(encoder.parameters()) + list(decoder.parameters())
    optimizer = optim.Adam(params, lr=1e-2)
    with record():
        for _ in range(4):
            permutation = torch.randperm(data.size(0))
            for i in range(0, data.size(0), 20):
                batch = data[permutation[i : i + 20]]
                noisy = batch + 0.1 * torch.randn_like(batch)
                optimizer.zero_grad()
                restored = decoder(encoder(noisy))
                loss = F.mse_loss(restored, batch)
                loss.backward()
                optimizer.step()
