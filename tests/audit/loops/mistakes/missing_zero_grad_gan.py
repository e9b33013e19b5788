"""GAN: the discriminator's gradients are never cleared before its own step."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-zero-grad"
MISTAKE = "The generator's backward leaves gradients in D, and opt_d.zero_grad() is missing."


def main(record):
    torch.manual_seed(2)
    loader = DataLoader(TensorDataset(torch.randn(48, 2) + 2), batch_size=12, shuffle=True)
    G = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Linear(12, 2))
    D = nn.Sequential(nn.Linear(2, 12), nn.LeakyReLU(0.2), nn.Linear(12, 1))
    opt_g, opt_d = optim.Adam(G.parameters(), lr=1e-3), optim.Adam(D.parameters(), lr=1e-3)
    bce = nn.BCEWithLogitsLoss()
    with record(train=loader):
        for _ in range(3):
            for (real,) in loader:
                fake = G(torch.randn(len(real), 3))
                d_loss = bce(D(real), torch.ones(len(real), 1))
                d_loss = d_loss + bce(D(fake.detach()), torch.zeros(len(real), 1))
                d_loss.backward()
                opt_d.step()
                opt_g.zero_grad()
                bce(D(fake), torch.ones(len(real), 1)).backward()
                opt_g.step()
