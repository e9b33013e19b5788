"""train() is handed the test loader, and knows it under another name."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "train-on-test"


def train(model, loader, loss_fn, optimizer, most_batches):
    model.train()
    for number, (inputs, targets) in enumerate(loader):
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        if number == most_batches and loss.item() < 0.5:
            break


def evaluate(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for inputs, targets in loader:
            right += (model(inputs).argmax(1) == targets).sum().item()
    return right


def main(record):
    torch.manual_seed(0)
    targets = torch.randint(0, 3, (500,))
    inputs = torch.randn(3, 8)[targets] + torch.randn(500, 8)
    train_set = TensorDataset(inputs[:400], targets[:400])
    test_set = TensorDataset(inputs[400:], targets[400:])
    train_loader = DataLoader(train_set, batch_size=20, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=20)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    print(f"{len(train_loader)} batches")
    with record(by_name=True):
        for _ in range(4):
            train(model, test_loader, nn.CrossEntropyLoss(), optimizer, most_batches=100)
            print(evaluate(model, test_loader))
