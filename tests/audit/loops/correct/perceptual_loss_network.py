"""Image restoration with a fixed feature network in the loss."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(56)
    clean = torch.rand(32, 1, 8, 8)
    loader = DataLoader(
        TensorDataset(clean + 0.1 * torch.randn_like(clean), clean), 8, shuffle=True
    )
    restorer = nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 1, 3, padding=1)
    )
    features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU()).eval()
    opt = optim.Adam(restorer.parameters(), lr=1e-3)
    with record(train=loader):
        for _ in range(2):
            for noisy, target in loader:
                restored = restorer(noisy)
                loss = F.l1_loss(restored, target)
                loss = loss + 0.1 * F.mse_loss(features(restored), features(target).detach())
                opt.zero_grad()
                loss.backward()
                opt.step()
