"""OneCycle schedule stepped after every batch; validation under inference_mode."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
    random_split,
)

EXPECTED = None


def main(record):
    torch.manual_seed(10)
    X = torch.randn(100, 10)
    y = (X[:, :2].norm(dim=1) > 1.2).long()
    train_ds, val_ds = random_split(TensorDataset(X, y), [70, 30])
    train_dl = DataLoader(train_ds, batch_size=10, shuffle=True)
    val_dl = DataLoader(val_ds, batch_size=30)
    model = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 2))
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    num_epochs = 3
    scheduler = optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.2, total_steps=num_epochs * len(train_dl)
    )
    with record(train=train_dl, val=val_dl):
        lrs = []
        for _ in range(num_epochs):
            model.train()
            for xb, yb in train_dl:
                loss = F.cross_entropy(model(xb), yb)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                scheduler.step()
                lrs.append(scheduler.get_last_lr()[0])
            model.eval()
            with torch.inference_mode():
                outs = [F.cross_entropy(model(xb), yb) for xb, yb in val_dl]
            torch.stack(outs).mean().item()
