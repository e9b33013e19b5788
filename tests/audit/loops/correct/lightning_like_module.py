"""Hand-written module with training_step and configure_optimizers, and a loop that drives it."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


class LitModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(9, 18), nn.ReLU(), nn.Dropout(0.1), nn.Linear(18, 3))

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, batch_idx):
        x, y = batch
        return F.cross_entropy(self(x), y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        return F.cross_entropy(self(x), y)

    def configure_optimizers(self):
        optimizer = optim.Adam(self.parameters(), lr=1e-2)
        return optimizer, optim.lr_scheduler.ExponentialLR(optimizer, 0.9)


def fit(module, train_dataloader, val_dataloader, max_epochs):
    optimizer, scheduler = module.configure_optimizers()
    with torch.no_grad():  # sanity check of the validation before the first epoch
        module.eval()
        module.validation_step(next(iter(val_dataloader)), 0)
    for _ in range(max_epochs):
        module.train()
        for i, batch in enumerate(train_dataloader):
            loss = module.training_step(batch, i)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        scheduler.step()
        module.eval()
        with torch.no_grad():
            [module.validation_step(batch, i).item() for i, batch in enumerate(val_dataloader)]


def main(record):
    torch.manual_seed(37)
    X = torch.randn(75, 9)
    y = X[:, :3].argmin(1)
    train = DataLoader(TensorDataset(X[:60], y[:60]), batch_size=12, shuffle=True)
    val = DataLoader(TensorDataset(X[60:], y[60:]), batch_size=5)
    with record(train=train, val=val):
        fit(LitModel(), train, val, 3)
