"""GAN whose history dictionary keeps the losses themselves."""

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "loss-graph-retained"
MISTAKE = "history['d'].append(loss) keeps every graph."


def main(record):
    torch.manual_seed(1018)
    train = DataLoader(TensorDataset(torch.randn(120, 2)), 12, shuffle=True)
    G, D = nn.Linear(3, 2), nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    opt_g, opt_d = optim.Adam(G.parameters(), 1e-3), optim.Adam(D.parameters(), 1e-3)
    history = {"g": [], "d": []}
    bce = nn.BCEWithLogitsLoss()
    with record(train=train):
        for _ in range(2):
            for (x,) in train:
                one, zero = torch.ones(len(x), 1), torch.zeros(len(x), 1)
                fake = G(torch.randn(len(x), 3))
                loss_d = bce(D(x), one) + bce(D(fake.detach()), zero)
                opt_d.zero_grad()
                loss_d.backward()
                opt_d.step()
                loss_g = bce(D(fake), one)
                opt_g.zero_grad()
                loss_g.backward()
                opt_g.step()
                history["d"].append(loss_d)
                history["g"].append(loss_g)
