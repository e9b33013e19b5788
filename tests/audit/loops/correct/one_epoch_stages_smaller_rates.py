"""Fine-tuning in three stages of an epoch each, with an optimizer and a smaller rate for each."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def main(record):
    torch.manual_seed(0)
    y = torch.randint(3, (120,))
    x = torch.randn(3, 8)[y] + 0.5 * torch.randn(120, 8)
    loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)
    net = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 3))
    with record(train=loader):
        for rate in (1e-1, 1e-2, 1e-3):
            optimizer = optim.SGD(net.parameters(), lr=rate, momentum=0.9)
            for inputs, labels in loader:
                optimizer.zero_grad()
                F.cross_entropy(net(inputs), labels).backward()
                optimizer.step()
