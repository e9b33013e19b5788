"""Mixed precision: the scaler steps after the gradients were cleared."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "zero-grad-before-step"
MISTAKE = "optimizer.zero_grad(set_to_none=False) before scaler.step()."


def main(record):
    torch.manual_seed(1005)
    x = torch.randn(64, 5)
    train = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), 16, shuffle=True)
    net = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = optim.SGD(net.parameters(), lr=0.01)
    scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
    with record(train=train):
        for _ in range(3):
            for a, b in train:
                loss = F.mse_loss(net(a), b)
                scaler.scale(loss).backward()
                optimizer.zero_grad(set_to_none=False)
                scaler.step(optimizer)
                scaler.update()
