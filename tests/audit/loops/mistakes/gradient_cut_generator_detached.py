"""A GAN on a ring: the generator's own loss is computed from detached points, too."""

import torch
from torch import nn

EXPECTED = "gradient-not-reaching-model"


def ring(samples):
    angle = torch.rand(samples) * 6.2832
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def main(record):
    torch.manual_seed(0)
    generator = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
    critic = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
    of_generator = torch.optim.Adam(generator.parameters(), lr=1e-3)
    of_critic = torch.optim.Adam(critic.parameters(), lr=1e-3)
    loss_fn = nn.BCEWithLogitsLoss()
    real, fake = torch.ones(64, 1), torch.zeros(64, 1)
    with record():
        for _ in range(30):
            points = generator(torch.randn(64, 4))
            loss = loss_fn(critic(ring(64)), real) + loss_fn(critic(points), fake)
            of_critic.zero_grad()
            of_generator.zero_grad()
            loss.backward()
            of_critic.step()

            points = generator(torch.randn(64, 4)).detach()
            loss = loss_fn(critic(points), real)
            of_critic.zero_grad()
            of_generator.zero_grad()
            loss.backward()
            of_generator.step()
