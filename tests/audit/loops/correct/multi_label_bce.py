"""Multi-label tagging with BCEWithLogits and metrics computed from detached outputs."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(16)
    X = torch.randn(96, 10)
    tags = (X[:, :5] > 0).float()
    loader = DataLoader(TensorDataset(X, tags), batch_size=24, shuffle=True)
    model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 5))
    optimizer = optim.Adam(model.parameters(), lr=5e-3)
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.full((5,), 1.5))
    with record(train=loader):
        for _ in range(3):
            all_scores, all_tags = [], []
            for features, target in loader:
                optimizer.zero_grad()
                logits = model(features)
                loss = criterion(logits, target)
                loss.backward()
                optimizer.step()
                all_scores.append(logits.detach().sigmoid())
                all_tags.append(target)
            predicted = torch.cat(all_scores) > 0.5
            (predicted == torch.cat(all_tags).bool()).float().mean().item()
