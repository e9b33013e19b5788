"""GAN whose generator loss uses the detached samples."""

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "gradient-not-reaching-model"
MISTAKE = "D(fake.detach()) in the generator's loss."


def main(record):
    torch.manual_seed(1029)
    train = DataLoader(TensorDataset(torch.randn(96, 2) + 1), 16, shuffle=True)
    G, D = (
        nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 2)),
        nn.Sequential(nn.Linear(2, 10), nn.ReLU(), nn.Linear(10, 1)),
    )
    opt_g, opt_d = optim.Adam(G.parameters(), 1e-3), optim.Adam(D.parameters(), 1e-3)
    bce = nn.BCEWithLogitsLoss()
    with record(train=train):
        for _ in range(3):
            for (x,) in train:
                one, zero = torch.ones(len(x), 1), torch.zeros(len(x), 1)
                fake = G(torch.randn(len(x), 4)).detach()
                opt_d.zero_grad()
                (bce(D(x), one) + bce(D(fake), zero)).backward()
                opt_d.step()
                opt_g.zero_grad()
                bce(D(fake), one).backward()
                opt_g.step()
