"""Discriminative rates by layer, stochastic weight averaging in the last epochs, batch norm set."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.swa_utils import SWALR, AveragedModel, update_bn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def main(record):
    torch.manual_seed(914)
    y = torch.arange(160) % 4
    x = torch.randn(4, 10)[y] + torch.randn(160, 10)
    train = DataLoader(TensorDataset(x[:120], y[:120]), 24, shuffle=True)
    val = DataLoader(TensorDataset(x[120:], y[120:]), 40)
    net = nn.Sequential(nn.Linear(10, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 4))
    groups = [{"params": layer.parameters(), "lr": 0.02 / (2 ** (3 - i))} for i, layer in
              enumerate(net) if any(True for _ in layer.parameters())]  # fmt: skip
    optimizer = torch.optim.SGD(groups, lr=0.02, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2], gamma=0.5)
    averaged, swa = AveragedModel(net), SWALR(optimizer, swa_lr=0.01, anneal_epochs=1)
    with record(train=train, val=val):
        for epoch in range(5):
            net.train()
            for a, b in train:
                optimizer.zero_grad(set_to_none=False)
                F.cross_entropy(net(a), b).backward()
                optimizer.step()
            if epoch >= 3:
                averaged.update_parameters(net)
                swa.step()
            else:
                scheduler.step()
            net.eval()
            with torch.no_grad():
                [F.cross_entropy(net(a), b) for a, b in val]
        update_bn(train, averaged)
        averaged.eval()
        with torch.no_grad():
            [F.cross_entropy(averaged(a), b) for a, b in val]
