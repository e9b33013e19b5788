"""A student learns from a teacher that was trained right before: soft targets and hints."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, width), nn.ReLU(), nn.Dropout(0.2))
        self.head = nn.Linear(width, 4)

    def forward(self, x):
        features = self.body(x)
        return self.head(features), features


def main(record):
    torch.manual_seed(909)
    y = torch.arange(128) % 4
    x = torch.randn(4, 8)[y] * 2 + torch.randn(128, 8)
    loader = DataLoader(TensorDataset(x, y), 32, shuffle=True)
    teacher, student, bridge = Net(32), Net(8), nn.Linear(8, 32)
    with record(train=loader):
        optimizer = optim.Adam(teacher.parameters(), lr=1e-2)
        for _ in range(3):
            teacher.train()
            for a, b in loader:
                optimizer.zero_grad()
                F.cross_entropy(teacher(a)[0], b).backward()
                optimizer.step()
        teacher.eval()
        optimizer = optim.Adam([*student.parameters(), *bridge.parameters()], lr=1e-2)
        for _ in range(3):
            student.train()
            for a, b in loader:
                with torch.no_grad():
                    soft, hints = teacher(a)
                logits, features = student(a)
                loss = (
                    F.cross_entropy(logits, b)
                    + 4
                    * F.kl_div(
                        F.log_softmax(logits / 2, 1), F.softmax(soft / 2, 1), reduction="batchmean"
                    )
                    + 0.1 * F.mse_loss(bridge(features), hints)
                )
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
