"""Autoencoder; model.zero_grad after backward, kept as zeros, with Adam."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
)

EXPECTED = "zero-grad-before-step"
MISTAKE = "model.zero_grad(set_to_none=False) stands between backward and step."


def train_step(model, batch, optimizer):
    reconstruction = model(batch)
    loss = F.mse_loss(reconstruction, batch)
    loss.backward()
    model.zero_grad(set_to_none=False)
    optimizer.step()
    return loss.item()


def main(record):
    torch.manual_seed(5)
    data = DataLoader(torch.rand(60, 8), batch_size=15, shuffle=True)
    ae = nn.Sequential(nn.Linear(8, 3), nn.ReLU(), nn.Linear(3, 8))
    opt = optim.Adam(ae.parameters(), lr=0.01)
    with record(train=data):
        for _ in range(3):
            [train_step(ae, b, opt) for b in data]
