"""Adversarial training: the attack needs gradients of the input, the step its own backward."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def fgsm(model, x, y, eps=0.05):
    x = x.clone().requires_grad_(True)
    loss = F.cross_entropy(model(x), y)
    grad = torch.autograd.grad(loss, x)[0]
    return (x + eps * grad.sign()).detach()


def main(record):
    torch.manual_seed(40)
    X = torch.rand(60, 1, 5, 5)
    y = (X[:, 0, 2, 2] > 0.5).long()
    loader = DataLoader(TensorDataset(X, y), batch_size=15, shuffle=True)
    model = nn.Sequential(nn.Flatten(), nn.Linear(25, 30), nn.ReLU(), nn.Linear(30, 2))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with record(train=loader):
        for _ in range(3):
            model.train()
            for x, y_ in loader:
                adversarial = fgsm(model, x, y_)
                optimizer.zero_grad()
                F.cross_entropy(model(adversarial), y_).backward()
                optimizer.step()
