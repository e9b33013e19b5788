"""A quick try on made-up data that is called a test; nothing is judged on it."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def main(record):
    torch.manual_seed(0)
    test_data = TensorDataset(torch.randn(64, 5), torch.randn(64, 1))
    test_loader = DataLoader(test_data, batch_size=8, shuffle=True)
    model = nn.Linear(5, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    with record():
        for _ in range(3):
            for inputs, targets in test_loader:
                optimizer.zero_grad()
                loss = nn.functional.mse_loss(model(inputs), targets)
                loss.backward()
                optimizer.step()
