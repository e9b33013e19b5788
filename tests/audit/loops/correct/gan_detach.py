"""GAN: two optimizers, the generator's output detached for the discriminator."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(4)
    real_data = torch.randn(64, 2) * 0.3 + 1
    loader = DataLoader(TensorDataset(real_data), batch_size=16, shuffle=True)
    G = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
    D = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
    opt_g = optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.999))
    opt_d = optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.999))
    bce = nn.BCEWithLogitsLoss()
    with record(train=loader):
        for _ in range(3):
            for (real,) in loader:
                n = real.size(0)
                ones, zeros = torch.ones(n, 1), torch.zeros(n, 1)
                # discriminator
                D.zero_grad()
                err_real = bce(D(real), ones)
                err_real.backward()
                fake = G(torch.randn(n, 4))
                err_fake = bce(D(fake.detach()), zeros)
                err_fake.backward()
                opt_d.step()
                # generator
                G.zero_grad()
                err_g = bce(D(fake), ones)
                err_g.backward()
                opt_g.step()
