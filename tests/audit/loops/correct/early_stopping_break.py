"""Early stopping with patience; checkpoints by torch.save; test after loading the best."""

import os
import tempfile

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(27)
    X = torch.randn(150, 8)
    y = (X[:, 0] + 0.8 * torch.randn(150) > 0).long()
    cut = [TensorDataset(X[a:b], y[a:b]) for a, b in ((0, 90), (90, 120), (120, 150))]
    train, val, test = (
        DataLoader(cut[0], 30, shuffle=True),
        DataLoader(cut[1], 30),
        DataLoader(cut[2]),
    )
    model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 2))
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    criterion = nn.CrossEntropyLoss()
    with tempfile.TemporaryDirectory() as folder, record(train=train, val=val, test=test):
        path = os.path.join(folder, "best.pt")
        best, patience, bad = float("inf"), 2, 0
        for _ in range(12):
            model.train()
            for xb, yb in train:
                optimizer.zero_grad()
                loss = criterion(model(xb), yb)
                loss.backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                val_loss = np.mean([criterion(model(xb), yb).item() for xb, yb in val])
            if val_loss < best - 1e-4:
                best, bad = val_loss, 0
                torch.save(model.state_dict(), path)
            else:
                bad += 1
                if bad >= patience:
                    break
        model.load_state_dict(torch.load(path))
        model.eval()
        with torch.no_grad():
            sum((model(xb).argmax(1) == yb).sum().item() for xb, yb in test) / len(cut[2])
