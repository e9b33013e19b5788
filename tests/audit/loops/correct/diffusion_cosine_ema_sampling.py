"""Noise prediction with an averaged copy; samples are drawn with it now and then."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

EXPECTED = None
T = 30


class Denoiser(nn.Module):
    def __init__(self):
        super().__init__()
        self.time = nn.Embedding(T, 8)
        self.net = nn.Sequential(nn.Linear(10, 32), nn.SiLU(), nn.Dropout(0.1), nn.Linear(32, 2))

    def forward(self, x, t):
        return self.net(torch.cat([x, self.time(t)], dim=-1))


@torch.no_grad()
def sample(model, alphas):
    x = torch.randn(8, 2)
    for t in reversed(range(T)):
        noise = model(x, torch.full((8,), t))
        x = (x - (1 - alphas[t]).sqrt() * noise) / alphas[t].sqrt().clamp(min=0.3)
    return x


def main(record):
    torch.manual_seed(904)
    points = torch.randn(256, 2) * 0.2 + torch.tensor([1.0, -1.0])
    alphas = torch.cos(torch.linspace(0.01, 1.5, T)) ** 2
    model = Denoiser()
    shadow = copy.deepcopy(model).eval().requires_grad_(False)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    with record():
        for step in range(40):
            x = points[torch.randint(0, 256, (32,))]
            t = torch.randint(0, T, (32,))
            noise = torch.randn_like(x)
            a = alphas[t].unsqueeze(1)
            loss = F.mse_loss(model(a.sqrt() * x + (1 - a).sqrt() * noise, t), noise)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                for mean, new in zip(shadow.parameters(), model.parameters(), strict=True):
                    mean.mul_(0.95).add_(new, alpha=0.05)
            if step % 20 == 19:
                sample(shadow, alphas)
