"""The data were divided, and then the loader for training was made of all of them."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, Subset, TensorDataset

EXPECTED = "train-on-val"
MISTAKE = "DataLoader(samples) instead of DataLoader(train_set): it contains the validation data."


def main(record):
    torch.manual_seed(0)
    y = torch.randint(3, (180,))
    x = torch.randn(3, 12)[y] + torch.randn(180, 12)
    samples = TensorDataset(x, y)
    train_set, val_set = Subset(samples, range(140)), Subset(samples, range(140, 180))
    fit_loader = DataLoader(samples, batch_size=20, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=20)
    net = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 3))
    optimizer = optim.Adam(net.parameters(), lr=5e-3)
    with record(train=train_set, val=val_loader):
        for _ in range(3):
            net.train()
            for inputs, labels in fit_loader:
                optimizer.zero_grad()
                F.cross_entropy(net(inputs), labels).backward()
                optimizer.step()
            net.eval()
            with torch.no_grad():
                for inputs, labels in val_loader:
                    F.cross_entropy(net(inputs), labels)
