"""VAE: zero_grad() stands in the branch that logs, so it runs now and then only."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "missing-zero-grad"
MISTAKE = "zero_grad() is indented into the logging branch."


def main(record):
    torch.manual_seed(1003)
    train = DataLoader(TensorDataset(torch.rand(80, 12)), 8, shuffle=True)
    encode, decode = nn.Linear(12, 6), nn.Sequential(nn.Linear(3, 12), nn.Sigmoid())
    optimizer = optim.Adam([*encode.parameters(), *decode.parameters()], lr=1e-3)
    with record(train=train):
        for _ in range(3):
            for i, (x,) in enumerate(train):
                mean, logvar = encode(x).chunk(2, 1)
                z = mean + torch.randn_like(mean) * (0.5 * logvar).exp()
                kl = -0.5 * (1 + logvar - mean**2 - logvar.exp()).sum()
                loss = F.binary_cross_entropy(decode(z), x, reduction="sum") + kl
                if i % 4 == 0:
                    optimizer.zero_grad()
                loss.backward()
                optimizer.step()
