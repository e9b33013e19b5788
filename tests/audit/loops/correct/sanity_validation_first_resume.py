"""A check of the validation before training; saved, stopped, and resumed from the file."""

import io

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


class Runner:
    def __init__(self, train, val):
        self.train_loader, self.val_loader = train, val
        self.model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2))
        self.optimizer = optim.AdamW(self.model.parameters(), lr=5e-3)
        self.scheduler = optim.lr_scheduler.StepLR(self.optimizer, 2, 0.5)
        self.epoch = 0

    def validate(self, most=None):
        was = self.model.training
        self.model.eval()
        with torch.no_grad():
            for i, (x, y) in enumerate(self.val_loader):
                if most is not None and i >= most:
                    break
                F.cross_entropy(self.model(x), y)
        self.model.train(was)

    def fit(self, epochs):
        self.validate(most=1)
        while self.epoch < epochs:
            for x, y in self.train_loader:
                loss = F.cross_entropy(self.model(x), y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
            self.scheduler.step()
            self.validate()
            self.epoch += 1

    def save(self, file):
        state = {n: getattr(self, n).state_dict() for n in ("model", "optimizer", "scheduler")}
        torch.save({**state, "epoch": self.epoch}, file)

    def load(self, file):
        state = torch.load(file)
        self.epoch = state.pop("epoch")
        for name, value in state.items():
            getattr(self, name).load_state_dict(value)


def main(record):
    torch.manual_seed(928)
    x = torch.randn(100, 4)
    y = (x[:, 0] * x[:, 1] > 0).long()
    train = DataLoader(TensorDataset(x[:70], y[:70]), 14, shuffle=True)
    val = DataLoader(TensorDataset(x[70:], y[70:]), 15)
    file = io.BytesIO()
    with record(train=train, val=val):
        first = Runner(train, val)
        first.fit(2)
        first.save(file)
        file.seek(0)
        second = Runner(train, val)
        second.load(file)
        second.fit(4)
