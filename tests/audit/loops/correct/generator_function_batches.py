"""No DataLoader: a generator yields shuffled batches, NumPy arrays become tensors in the loop."""

import numpy as np
import torch
from torch import nn

EXPECTED = None


def batches(x, y, size, shuffle):
    order = np.random.permutation(len(x)) if shuffle else np.arange(len(x))
    for start in range(0, len(x), size):
        rows = order[start : start + size]
        yield torch.from_numpy(x[rows]), torch.from_numpy(y[rows])


def main(record):
    torch.manual_seed(922)
    np.random.seed(922)
    x = np.random.randn(140, 5).astype(np.float32)
    y = (x[:, 0] - x[:, 1] > 0).astype(np.int64)
    model = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Dropout(0.3), nn.Linear(12, 2))
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=3e-3)
    history = {"loss": [], "val": []}
    with record():
        for _ in range(4):
            model.train()
            running = []
            for xb, yb in batches(x[:100], y[:100], 20, True):
                optimizer.zero_grad()
                loss = loss_fn(model(xb), yb)
                loss.backward()
                optimizer.step()
                running.append(loss.item())
            history["loss"].append(np.mean(running))
            model.eval()
            with torch.no_grad():
                losses = [
                    loss_fn(model(a), b).item() for a, b in batches(x[100:], y[100:], 20, False)
                ]
            history["val"].append(np.mean(losses))
