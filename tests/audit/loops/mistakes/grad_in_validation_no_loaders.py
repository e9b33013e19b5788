"""VAE-like model; nothing told to record."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "grad-in-validation"
MISTAKE = "The evaluation loop builds graphs that nobody uses."


def evaluate(model, loader):
    model.eval()
    losses = [F.mse_loss(model(x), x).item() for (x,) in loader]
    model.train()
    return sum(losses) / len(losses)


def main(record):
    torch.manual_seed(23)
    X = torch.rand(60, 10)
    train = DataLoader(TensorDataset(X[:45]), batch_size=15, shuffle=True)
    val = DataLoader(TensorDataset(X[45:]), batch_size=5)
    ae = nn.Sequential(nn.Linear(10, 4), nn.ReLU(), nn.Linear(4, 10), nn.Sigmoid())
    opt = optim.Adam(ae.parameters(), lr=1e-2)
    with record():
        for _ in range(3):
            for (x,) in train:
                loss = F.mse_loss(ae(x), x)
                opt.zero_grad()
                loss.backward()
                opt.step()
            evaluate(ae, val)
