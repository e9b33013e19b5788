"""GAN: the generator's gradients are computed and cleared, but its optimizer never steps."""

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "no-step"
MISTAKE = "opt_g.step() is missing."


def main(record):
    torch.manual_seed(1008)
    train = DataLoader(TensorDataset(torch.randn(96, 2) + 2), 24, shuffle=True)
    G, D = (
        nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 2)),
        nn.Sequential(nn.Linear(2, 12), nn.LeakyReLU(0.2), nn.Linear(12, 1)),
    )
    opt_g, opt_d = optim.Adam(G.parameters(), 1e-3), optim.Adam(D.parameters(), 1e-3)
    bce = nn.BCEWithLogitsLoss()
    with record(train=train):
        for _ in range(3):
            for (real,) in train:
                fake = G(torch.randn(len(real), 4))
                opt_d.zero_grad()
                (
                    bce(D(real), torch.ones(len(real), 1))
                    + bce(D(fake.detach()), torch.zeros(len(real), 1))
                ).backward()
                opt_d.step()
                opt_g.zero_grad()
                bce(D(fake), torch.ones(len(real), 1)).backward()
