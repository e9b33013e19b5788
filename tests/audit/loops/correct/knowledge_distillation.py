"""Distillation: a teacher in eval mode, a student that learns from both."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(39)
    X = torch.randn(80, 10)
    y = X[:, :4].argmax(1)
    loader = DataLoader(TensorDataset(X, y), batch_size=20, shuffle=True)
    teacher = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 4))
    student = nn.Sequential(nn.Linear(10, 8), nn.ReLU(), nn.Linear(8, 4))
    optimizer = optim.Adam(student.parameters(), lr=1e-2)
    T = 2.0
    with record(train=loader):
        teacher.eval()
        student.train()
        for _ in range(3):
            for inputs, labels in loader:
                optimizer.zero_grad()
                with torch.no_grad():
                    teacher_logits = teacher(inputs)
                student_logits = student(inputs)
                soft = F.kl_div(
                    F.log_softmax(student_logits / T, -1),
                    F.softmax(teacher_logits / T, -1),
                    reduction="batchmean",
                )
                loss = 0.5 * T**2 * soft + 0.5 * F.cross_entropy(student_logits, labels)
                loss.backward()
                optimizer.step()
