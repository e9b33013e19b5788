"""Linear model: step uses the gradient of the batch before, no error is raised."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "step-before-backward"
MISTAKE = "step comes before zero_grad and backward, each update is one batch late."


def main(record):
    torch.manual_seed(12)
    X = torch.randn(80, 5)
    loader = DataLoader(TensorDataset(X, X @ torch.randn(5, 1)), batch_size=16, shuffle=True)
    model = nn.Linear(5, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with record(train=loader):
        for _ in range(2):
            for x, t in loader:
                loss = ((model(x) - t) ** 2).mean()
                optimizer.step()
                optimizer.zero_grad()
                loss.backward()
