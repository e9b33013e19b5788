"""Hints from a teacher's features, through a regressor of its own."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "params-not-in-optimizer"
MISTAKE = "Adam(student.parameters()): the regressor is left out."


def main(record):
    torch.manual_seed(1043)
    x = torch.randn(160, 7)
    y = (x[:, 0] > x[:, 1]).long()
    loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)
    teacher = nn.Sequential(nn.Linear(7, 30), nn.Tanh()).requires_grad_(False).eval()
    student = nn.Sequential(nn.Linear(7, 9), nn.ReLU())
    head, regressor = nn.Linear(9, 2), nn.Linear(9, 30)
    optimizer = torch.optim.Adam([*student.parameters(), *head.parameters()], lr=3e-3)
    with record(train=loader):
        for _ in range(3):
            for part in (student, head, regressor):
                part.train()
            for inputs, targets in loader:
                features = student(inputs)
                hint = F.mse_loss(regressor(features), teacher(inputs))
                loss = F.cross_entropy(head(features), targets) + 0.5 * hint
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
