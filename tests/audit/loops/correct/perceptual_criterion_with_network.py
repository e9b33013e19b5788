"""A loss of the reader's that holds a fixed network, whose gradients nobody wants."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader

EXPECTED = None


class PerceptualLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 6))

    def forward(self, image, wanted):
        difference = F.mse_loss(self.features(image), self.features(wanted))
        return difference + F.l1_loss(image, wanted)


def main(record):
    torch.manual_seed(0)
    loader = DataLoader(torch.randn(120, 12), batch_size=20, shuffle=True)
    net = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 12))
    criterion = PerceptualLoss()
    optimizer = optim.Adam(net.parameters(), lr=1e-3)
    with record(train=loader):
        for _ in range(3):
            for clean in loader:
                loss = criterion(net(clean + 0.1 * torch.randn_like(clean)), clean)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
