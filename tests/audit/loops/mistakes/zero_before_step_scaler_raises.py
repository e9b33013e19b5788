"""The model's gradients are gone when the scaler looks at them: it raises."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "zero-grad-before-step"
MISTAKE = "net.zero_grad() stands between backward and scaler.step."


def main(record):
    torch.manual_seed(0)
    x = torch.randn(96, 1, 8, 8)
    y = (x[:, 0, :4].mean((1, 2)) > x[:, 0, 4:].mean((1, 2))).long()
    loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2))
    optimizer = optim.SGD(net.parameters(), lr=0.05)
    scaler = torch.amp.GradScaler("cpu", init_scale=128.0)
    with record(train=loader):
        for images, labels in loader:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = F.cross_entropy(net(images), labels)
            scaler.scale(loss).backward()
            net.zero_grad()
            scaler.step(optimizer)
            scaler.update()
