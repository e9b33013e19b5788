"""Train and test accuracy measured after the epoch with the same function."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def check_accuracy(loader, model):
    num_correct = num_samples = 0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            scores = model(x.reshape(x.shape[0], -1))
            num_correct += (scores.max(1)[1] == y).sum().item()
            num_samples += scores.size(0)
    model.train()
    return num_correct / num_samples


def main(record):
    torch.manual_seed(28)
    X = torch.rand(96, 1, 6, 6)
    y = (X.mean(dim=(1, 2, 3)) > 0.5).long()
    train_loader = DataLoader(TensorDataset(X[:64], y[:64]), batch_size=16, shuffle=True)
    test_loader = DataLoader(TensorDataset(X[64:], y[64:]), batch_size=16)
    model = nn.Sequential(nn.Linear(36, 30), nn.Dropout(0.25), nn.ReLU(), nn.Linear(30, 2))
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    criterion = nn.CrossEntropyLoss()
    with record(train=train_loader, test=test_loader):
        for _ in range(2):
            for data, targets in train_loader:
                data = data.reshape(data.shape[0], -1)
                scores = model(data)
                loss = criterion(scores, targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            check_accuracy(train_loader, model)
        check_accuracy(test_loader, model)
