"""Semi-supervised: a student, and a teacher that is its moving average."""

import copy

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(6)
    X = torch.randn(96, 6)
    y = (X[:, 0] > 0).long()
    train = DataLoader(TensorDataset(X[:64], y[:64]), batch_size=16, shuffle=True)
    val = DataLoader(TensorDataset(X[64:], y[64:]), batch_size=32)
    student = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 2))
    teacher = copy.deepcopy(student)
    for p in teacher.parameters():
        p.requires_grad_(False)
    optimizer = optim.Adam(student.parameters(), lr=1e-2)
    with record(train=train, val=val):
        for _ in range(3):
            student.train()
            for xb, yb in train:
                logits = student(xb)
                with torch.no_grad():
                    soft = teacher(xb + 0.1 * torch.randn_like(xb)).softmax(1)
                consistency = F.mse_loss(logits.softmax(1), soft)
                loss = F.cross_entropy(logits, yb) + 0.5 * consistency
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                with torch.no_grad():
                    for ema, p in zip(teacher.parameters(), student.parameters(), strict=True):
                        ema.mul_(0.9).add_(p, alpha=0.1)
            teacher.eval()
            with torch.no_grad():
                for xb, yb in val:
                    F.cross_entropy(teacher(xb), yb).item()
            teacher.train()
