"""GAN whose generator loss is never sent back."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "missing-backward"
MISTAKE = "g_loss.backward() is missing before opt_g.step()."


def main(record):
    torch.manual_seed(65)
    loader = DataLoader(TensorDataset(torch.randn(48, 2)), batch_size=12, shuffle=True)
    G = nn.Sequential(nn.Linear(3, 10), nn.ReLU(), nn.Linear(10, 2))
    D = nn.Sequential(nn.Linear(2, 10), nn.ReLU(), nn.Linear(10, 1))
    opt_g, opt_d = optim.Adam(G.parameters(), lr=1e-3), optim.Adam(D.parameters(), lr=1e-3)
    bce = nn.BCEWithLogitsLoss()
    with record(train=loader):
        for _ in range(3):
            for (real,) in loader:
                n = len(real)
                fake = G(torch.randn(n, 3))
                opt_d.zero_grad()
                d = bce(D(real), torch.ones(n, 1)) + bce(D(fake.detach()), torch.zeros(n, 1))
                d.backward()
                opt_d.step()
                opt_g.zero_grad()
                g_loss = bce(D(fake), torch.ones(n, 1))
                opt_g.step()
                g_loss.item()
