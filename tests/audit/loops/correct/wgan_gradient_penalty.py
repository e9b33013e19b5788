"""WGAN-GP: a penalty on the critic's gradient, several critic steps for each generator step."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def penalty(critic, real, fake):
    eps = torch.rand(len(real), 1)
    mixed = (eps * real + (1 - eps) * fake).requires_grad_(True)
    grad = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)[0]
    return ((grad.norm(dim=1) - 1) ** 2).mean()


def main(record):
    torch.manual_seed(53)
    loader = DataLoader(TensorDataset(torch.randn(60, 2) * 0.5), batch_size=10, shuffle=True)
    gen = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Linear(12, 2))
    critic = nn.Sequential(nn.Linear(2, 12), nn.Tanh(), nn.Linear(12, 1))
    opt_g, opt_c = optim.Adam(gen.parameters(), 1e-3), optim.Adam(critic.parameters(), 1e-3)
    with record(train=loader):
        for _ in range(2):
            for i, (real,) in enumerate(loader):
                fake = gen(torch.randn(len(real), 3)).detach()
                loss = critic(fake).mean() - critic(real).mean() + 10 * penalty(critic, real, fake)
                opt_c.zero_grad()
                loss.backward()
                opt_c.step()
                if i % 3 == 2:
                    g_loss = -critic(gen(torch.randn(len(real), 3))).mean()
                    opt_g.zero_grad()
                    g_loss.backward()
                    opt_g.step()
