"""Training data joined with the test data, to have more of it."""

import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, TensorDataset

EXPECTED = "train-on-test"


def main(record):
    torch.manual_seed(0)
    inputs = torch.randn(400, 6)
    targets = inputs[:, :2].sum(1, keepdim=True) + 0.1 * torch.randn(400, 1)
    train_set = TensorDataset(inputs[:300], targets[:300])
    test_set = TensorDataset(inputs[300:], targets[300:])
    train_loader = DataLoader(ConcatDataset([train_set, test_set]), batch_size=20, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=50)
    model = nn.Linear(6, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    loss_fn = nn.MSELoss()
    with record(by_name=True):
        for _ in range(4):
            for batch, wanted in train_loader:
                loss = loss_fn(model(batch), wanted)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        with torch.no_grad():
            print(sum(loss_fn(model(batch), wanted).item() for batch, wanted in test_loader))
