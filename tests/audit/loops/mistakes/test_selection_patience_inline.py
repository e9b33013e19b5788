"""Early stopping whose patience counts the test loss, beside a validation loss for the log."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "test-for-selection"
MISTAKE = "The patience is counted on the test loss."


def main(record):
    torch.manual_seed(1035)
    x = torch.randn(180, 5)
    y = x[:, :1] + 0.3 * torch.randn(180, 1)
    train, val, test = (
        DataLoader(TensorDataset(x[i : i + 60], y[i : i + 60]), 12, shuffle=i == 0)
        for i in (0, 60, 120)
    )
    net = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 1))
    optimizer = optim.Adam(net.parameters(), lr=3e-2)
    best, waited, log = float("inf"), 0, []
    with record(train=train, val=val, test=test):
        for _ in range(10):
            net.train()
            for a, b in train:
                optimizer.zero_grad()
                F.mse_loss(net(a), b).backward()
                optimizer.step()
            net.eval()
            val_loss = test_loss = 0.0
            with torch.no_grad():
                for a, b in val:
                    val_loss += F.mse_loss(net(a), b).item() / len(val)
                for a, b in test:
                    test_loss += F.mse_loss(net(a), b).item() / len(test)
            log.append(val_loss)
            if test_loss < best:
                best, waited = test_loss, 0
            else:
                waited += 1
            if waited >= 2:
                break
