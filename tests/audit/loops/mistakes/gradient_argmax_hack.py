"""Loss on hard predictions, made differentiable by force."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "gradient-not-reaching-model"
MISTAKE = "argmax has no gradient; requires_grad_() on the loss only hides the error."


def main(record):
    torch.manual_seed(16)
    X = torch.randn(64, 6)
    y = X[:, :4].argmax(1)
    loader = DataLoader(TensorDataset(X, y), batch_size=16, shuffle=True)
    net = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 4))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=loader):
        for _ in range(3):
            for a, b in loader:
                guess = net(a).argmax(1).float()
                loss = F.mse_loss(guess, b.float()).requires_grad_()
                opt.zero_grad()
                loss.backward()
                opt.step()
