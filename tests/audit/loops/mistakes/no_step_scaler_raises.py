"""Mixed precision with update() and without step(): the scaler raises in the first iteration."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "no-step"
MISTAKE = "scaler.step(optimizer) is missing."


def main(record):
    torch.manual_seed(0)
    x = torch.randn(96, 4)
    loader = DataLoader(TensorDataset(x, x.norm(dim=1, keepdim=True)), batch_size=16, shuffle=True)
    net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = optim.Adam(net.parameters())
    scaler = torch.amp.GradScaler("cpu")
    with record(train=loader):
        for inputs, targets in loader:
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                prediction = net(inputs)
            loss = F.mse_loss(prediction.float(), targets)
            scaler.scale(loss).backward()
            scaler.update()
