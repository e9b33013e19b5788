"""Deep net: step between forward and backward, the gradients of the batch before are used."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "step-before-backward"
MISTAKE = "step comes before backward; PyTorch raises in the second iteration."


def main(record):
    torch.manual_seed(11)
    X = torch.randn(40, 6)
    loader = DataLoader(TensorDataset(X, X[:, :2]), batch_size=10, shuffle=True)
    model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2))
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    with record(train=loader):
        for x, t in loader:
            loss = F.mse_loss(model(x), t)
            optimizer.step()
            optimizer.zero_grad()
            loss.backward()
