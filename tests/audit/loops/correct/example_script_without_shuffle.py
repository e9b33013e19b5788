"""A script as many begin with: shuffle=True only for a GPU; its order is random anyway."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def main(record):
    torch.manual_seed(1)
    y = torch.randint(5, (200,))
    x = torch.randn(5, 30)[y] + torch.randn(200, 30)
    settings = {"batch_size": 20}
    if torch.cuda.is_available():
        settings["shuffle"] = True
    fit_batches = DataLoader(TensorDataset(x[:160], y[:160]), **settings)
    check_batches = DataLoader(TensorDataset(x[160:], y[160:]), batch_size=40)
    net = nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Linear(32, 5), nn.LogSoftmax(dim=1))
    optimizer = optim.Adadelta(net.parameters(), lr=1.0)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    with record():
        for _ in range(3):
            net.train()
            for inputs, labels in fit_batches:
                optimizer.zero_grad()
                F.nll_loss(net(inputs), labels).backward()
                optimizer.step()
            net.eval()
            with torch.no_grad():
                for inputs, labels in check_batches:
                    F.nll_loss(net(inputs), labels, reduction="sum").item()
            scheduler.step()
