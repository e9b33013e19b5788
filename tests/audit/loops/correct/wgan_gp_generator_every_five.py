"""WGAN-GP with a conditional critic: five critic steps, each with a fresh batch, then one."""

import torch
from torch import autograd, nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def endless(loader):
    while True:
        yield from loader


def main(record):
    torch.manual_seed(921)
    real = torch.randn(96, 3) * 0.4 + 1
    loader = DataLoader(TensorDataset(real), 16, shuffle=True, drop_last=True)
    G = nn.Sequential(nn.Linear(5, 24), nn.ReLU(True), nn.Linear(24, 3))
    D = nn.Sequential(nn.Linear(3, 24), nn.LeakyReLU(0.2, True), nn.Linear(24, 1))
    opt_g = optim.Adam(G.parameters(), 1e-4, betas=(0.0, 0.9))
    opt_d = optim.Adam(D.parameters(), 1e-4, betas=(0.0, 0.9))
    with record(train=loader):
        data = endless(loader)
        for _ in range(8):
            for p in D.parameters():
                p.requires_grad_(True)
            for _k in range(3):
                (x,) = next(data)
                with torch.no_grad():
                    fake = G(torch.randn(len(x), 5))
                D.zero_grad()
                between = torch.rand(len(x), 1)
                mixed = (between * x + (1 - between) * fake).requires_grad_()
                slope = autograd.grad(
                    D(mixed), mixed, torch.ones(len(x), 1), create_graph=True, retain_graph=True
                )[0]
                loss = D(fake).mean() - D(x).mean() + 10 * ((slope.norm(2, 1) - 1) ** 2).mean()
                loss.backward()
                opt_d.step()
            for p in D.parameters():
                p.requires_grad_(False)
            G.zero_grad()
            (-D(G(torch.randn(16, 5))).mean()).backward()
            opt_g.step()
