"""Kaggle: five folds, out-of-fold predictions, best state of each fold, an ensemble at the end."""

import copy

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def main(record):
    torch.manual_seed(913)
    X = torch.randn(120, 10)
    y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).float().unsqueeze(1)
    X_test = torch.randn(40, 10)
    oof, test_preds = np.zeros(120), []
    with record():
        for fold in range(3):
            val_idx = torch.arange(fold, 120, 3)
            train_idx = torch.tensor([i for i in range(120) if i % 3 != fold])
            train_dl = DataLoader(TensorDataset(X[train_idx], y[train_idx]), 16, shuffle=True)
            valid_dl = DataLoader(TensorDataset(X[val_idx], y[val_idx]), 40)
            model = nn.Sequential(
                nn.BatchNorm1d(10), nn.Linear(10, 32), nn.SiLU(), nn.Dropout(0.2), nn.Linear(32, 1)
            )
            opt = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-5)
            sched = torch.optim.lr_scheduler.OneCycleLR(
                opt, max_lr=1e-2, epochs=3, steps_per_epoch=len(train_dl)
            )
            loss_fn, best, best_state = nn.BCEWithLogitsLoss(), np.inf, None
            for _ in range(3):
                model.train()
                avg_loss = 0.0
                for xb, yb in train_dl:
                    loss = loss_fn(model(xb), yb)
                    opt.zero_grad()
                    loss.backward()
                    opt.step()
                    sched.step()
                    avg_loss += loss.item() / len(train_dl)
                model.eval()
                preds, val_loss = [], 0.0
                for xb, yb in valid_dl:
                    with torch.no_grad():
                        out = model(xb)
                    val_loss += loss_fn(out, yb).item() / len(valid_dl)
                    preds.append(out.sigmoid().numpy()[:, 0])
                if val_loss < best:
                    best, best_state = val_loss, copy.deepcopy(model.state_dict())
                    oof[val_idx.numpy()] = np.concatenate(preds)
            model.load_state_dict(best_state)
            model.eval()
            with torch.no_grad():
                test_preds.append(model(X_test).sigmoid().numpy())
        np.mean(test_preds, axis=0)
