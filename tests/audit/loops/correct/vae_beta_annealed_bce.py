"""VAE with the weight of the KL term annealed, in the style of the PyTorch examples."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.mean, self.logvar = nn.Linear(36, 20), nn.Linear(20, 4), nn.Linear(20, 4)
        self.fc3, self.fc4 = nn.Linear(4, 20), nn.Linear(20, 36)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.mean(h), self.logvar(h)

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x):
        mean, logvar = self.encode(x.view(-1, 36))
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * logvar)
        return self.decode(z), mean, logvar


def elbo(told, x, mean, logvar, weight):
    bce = F.binary_cross_entropy(told, x.view(-1, 36), reduction="sum")
    return bce - weight * 0.5 * torch.sum(1 + logvar - mean.pow(2) - logvar.exp())


def main(record):
    torch.manual_seed(903)
    images = (torch.rand(96, 1, 6, 6) > 0.6).float()
    labels = torch.zeros(96).long()
    train = DataLoader(TensorDataset(images[:72], labels[:72]), 12, shuffle=True)
    test = DataLoader(TensorDataset(images[72:], labels[72:]), 12)
    model = VAE()
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    with record(train=train, test=test):
        for epoch in range(1, 4):
            model.train()
            for data, _ in train:
                optimizer.zero_grad()
                loss = elbo(*((r := model(data))[0], data, r[1], r[2]), min(1.0, epoch / 3))
                loss.backward()
                optimizer.step()
        model.eval()
        test_loss = 0
        with torch.no_grad():
            for data, _ in test:
                told, mean, logvar = model(data)
                test_loss += elbo(told, data, mean, logvar, 1.0).item()
            model.decode(torch.randn(4, 4))
