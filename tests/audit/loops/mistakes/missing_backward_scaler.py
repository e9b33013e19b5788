"""Mixed precision; the parentheses of backward() are missing, and the scaler refuses to step."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "missing-backward"
MISTAKE = "scaler.scale(loss).backward without parentheses."


def main(record):
    torch.manual_seed(0)
    y = torch.randint(3, (96,))
    x = torch.randn(3, 8)[y] + 0.5 * torch.randn(96, 8)
    loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
    net = nn.Linear(8, 3)
    optimizer = optim.SGD(net.parameters(), lr=0.05)
    scaler = torch.amp.GradScaler("cpu")
    with record(train=loader):
        for inputs, targets in loader:
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = F.cross_entropy(net(inputs), targets)
            scaler.scale(loss).backward  # noqa: B018
            scaler.step(optimizer)
            scaler.update()
