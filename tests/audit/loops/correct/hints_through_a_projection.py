"""Hints through a fixed random projection that nobody means to train."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def main(record):
    torch.manual_seed(1044)
    x = torch.randn(160, 7)
    y = (x[:, 0] > x[:, 1]).long()
    loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)
    teacher = nn.Sequential(nn.Linear(7, 30), nn.Tanh()).requires_grad_(False).eval()
    student = nn.Sequential(nn.Linear(7, 9), nn.ReLU())
    head, projection = nn.Linear(9, 2), nn.Linear(9, 30)
    optimizer = torch.optim.Adam([*student.parameters(), *head.parameters()], lr=3e-3)
    with record(train=loader):
        for _ in range(3):
            for part in (student, head):
                part.train()
            for inputs, targets in loader:
                features = student(inputs)
                hint = F.mse_loss(projection(features), teacher(inputs))
                loss = F.cross_entropy(head(features), targets) + 0.5 * hint
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
