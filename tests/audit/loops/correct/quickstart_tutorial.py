"""Tutorial: two plain functions, a validation after every epoch."""

import torch
from torch import nn
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None

torch.manual_seed(0)
X = torch.randn(96, 12)
y = (X[:, :3].sum(1) > 0).long()
training_data = TensorDataset(X[:64], y[:64])
held_out = TensorDataset(X[64:], y[64:])


def train(dataloader, model, loss_fn, optimizer):
    size = len(dataloader.dataset)
    model.train()
    for batch, (xb, yb) in enumerate(dataloader):
        pred = model(xb)
        loss = loss_fn(pred, yb)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if batch % 4 == 0:
            current = (batch + 1) * len(xb)
            assert loss.item() > 0 and current <= size


def evaluate(dataloader, model, loss_fn):
    model.eval()
    total, correct = 0.0, 0.0
    with torch.no_grad():
        for xb, yb in dataloader:
            pred = model(xb)
            total += loss_fn(pred, yb).item()
            correct += (pred.argmax(1) == yb).type(torch.float).sum().item()
    return total / len(dataloader), correct / len(dataloader.dataset)


def main(record):
    train_loader = DataLoader(training_data, batch_size=16, shuffle=True)
    val_loader = DataLoader(held_out, batch_size=16)
    model = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 2))
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with record(train=train_loader, val=val_loader):
        for _ in range(3):
            train(train_loader, model, loss_fn, optimizer)
            evaluate(val_loader, model, loss_fn)
