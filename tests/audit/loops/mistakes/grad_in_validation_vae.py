"""VAE whose test loss is computed with gradients on."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "grad-in-validation"
MISTAKE = "No torch.no_grad() around the test."


def main(record):
    torch.manual_seed(1014)
    x = torch.rand(90, 10)
    train, val = (
        DataLoader(TensorDataset(x[:60]), 12, shuffle=True),
        DataLoader(TensorDataset(x[60:]), 15),
    )
    encode, decode = nn.Linear(10, 6), nn.Linear(3, 10)
    optimizer = optim.Adam([*encode.parameters(), *decode.parameters()], lr=1e-3)

    def loss_of(x):
        mean, logvar = encode(x).chunk(2, 1)
        z = mean + torch.randn_like(mean) * (0.5 * logvar).exp()
        return (
            F.mse_loss(decode(z), x, reduction="sum")
            - 0.5 * (1 + logvar - mean**2 - logvar.exp()).sum()
        )

    with record(train=train, val=val):
        for _ in range(3):
            encode.train(), decode.train()
            for (a,) in train:
                optimizer.zero_grad()
                loss_of(a).backward()
                optimizer.step()
            encode.eval(), decode.eval()
            total = 0
            for (a,) in val:
                total += loss_of(a).item()
