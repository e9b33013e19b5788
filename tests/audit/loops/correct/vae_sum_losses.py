"""Variational autoencoder: reconstruction plus KL, summed over the batch."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.mu, self.logvar = nn.Linear(36, 24), nn.Linear(24, 3), nn.Linear(24, 3)
        self.fc3, self.fc4 = nn.Linear(3, 24), nn.Linear(24, 36)

    def forward(self, x):
        h = F.relu(self.fc1(x.view(-1, 36)))
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.exp(0.5 * logvar) * torch.randn_like(logvar)
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    bce = F.binary_cross_entropy(recon_x, x.view(-1, 36), reduction="sum")
    return bce - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


def main(record):
    torch.manual_seed(20)
    images = torch.rand(72, 1, 6, 6)
    train_loader = DataLoader(TensorDataset(images[:48]), batch_size=12, shuffle=True)
    val_loader = DataLoader(TensorDataset(images[48:]), batch_size=12)
    model = VAE()
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    with record(train=train_loader, val=val_loader):
        for _ in range(3):
            model.train()
            train_loss = 0
            for (data,) in train_loader:
                optimizer.zero_grad()
                loss = loss_function(
                    *(lambda out, d: (out[0], d, out[1], out[2]))(model(data), data)
                )
                loss.backward()
                train_loss += loss.item()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                for (data,) in val_loader:
                    recon, mu, logvar = model(data)
                    loss_function(recon, data, mu, logvar).item()
