"""A GAN whose discriminator steps before its backward; the generator is right."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader

EXPECTED = "step-before-backward"
MISTAKE = "optimizer_d.step() comes before loss_d.backward()."


def main(record):
    torch.manual_seed(0)
    G = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    D = nn.Sequential(nn.Linear(3, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
    optimizer_g = optim.Adam(G.parameters(), lr=1e-3)
    optimizer_d = optim.Adam(D.parameters(), lr=1e-3)
    loader = DataLoader(torch.randn(160, 3) * 0.3 - 1, batch_size=16, shuffle=True)
    bce = F.binary_cross_entropy_with_logits
    with record(train=loader):
        for _ in range(3):
            for real in loader:
                ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)
                fake = G(torch.randn(len(real), 4))
                optimizer_d.zero_grad()
                loss_d = bce(D(real), ones) + bce(D(fake.detach()), zeros)
                optimizer_d.step()
                loss_d.backward()
                optimizer_g.zero_grad()
                loss_g = bce(D(fake), ones)
                loss_g.backward()
                optimizer_g.step()
