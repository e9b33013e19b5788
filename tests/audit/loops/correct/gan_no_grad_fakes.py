"""GAN: batch norm and dropout, fakes for the critic made under no_grad, WGAN clipping."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3)
        )

    def forward(self, z):
        return self.body(z)


def main(record):
    torch.manual_seed(5)
    data = torch.rand(80, 3)
    loader = DataLoader(TensorDataset(data), batch_size=16, shuffle=True, drop_last=True)
    gen, critic = Generator(), nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
    opt_gen = optim.RMSprop(gen.parameters(), lr=5e-4)
    opt_critic = optim.RMSprop(critic.parameters(), lr=5e-4)
    with record(train=loader):
        for _ in range(2):
            for i, (real,) in enumerate(loader):
                with torch.no_grad():
                    fake = gen(torch.randn(len(real), 4))
                opt_critic.zero_grad()
                loss_c = critic(fake).mean() - critic(real).mean()
                loss_c.backward()
                opt_critic.step()
                with torch.no_grad():
                    for p in critic.parameters():
                        p.clamp_(-0.1, 0.1)
                if i % 2 == 1:
                    opt_gen.zero_grad()
                    loss_g = -critic(gen(torch.randn(len(real), 4))).mean()
                    loss_g.backward()
                    opt_gen.step()
