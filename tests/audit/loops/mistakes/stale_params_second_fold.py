"""Cross-validation: a new model for each fold, the optimizer of the first."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "optimizer-has-stale-params"
MISTAKE = "The optimizer is made once, outside the loop over folds."


def main(record):
    torch.manual_seed(1023)
    x = torch.randn(90, 5)
    y = x[:, :1]

    def build():
        return nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1))

    model = build()
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    with record():
        for fold in range(3):
            if fold:
                model = build()
            held = torch.arange(90) % 3 == fold
            for _ in range(2):
                model.train()
                for a, b in DataLoader(TensorDataset(x[~held], y[~held]), 12, shuffle=True):
                    optimizer.zero_grad()
                    F.mse_loss(model(a), b).backward()
                    optimizer.step()
            model.eval()
            with torch.no_grad():
                F.mse_loss(model(x[held]), y[held]).item()
