"""A profiler's steps, timings and hand-made gradient norms are logged in every iteration."""

import time

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def main(record):
    torch.manual_seed(929)
    x = torch.randn(80, 7)
    y = x[:, :2].argmax(1)
    train = DataLoader(TensorDataset(x[:64], y[:64]), 16, shuffle=True)
    val = DataLoader(TensorDataset(x[64:], y[64:]), 16)
    model = nn.Sequential(nn.Linear(7, 16), nn.ReLU(), nn.Linear(16, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    log = []
    with record(train=train, val=val):
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as prof:
            for _ in range(2):
                model.train()
                for a, b in train:
                    start = time.perf_counter()
                    optimizer.zero_grad()
                    loss = F.cross_entropy(model(a), b)
                    loss.backward()
                    norm = torch.stack([p.grad.norm() for p in model.parameters()]).norm().item()
                    optimizer.step()
                    prof.step()
                    log.append((loss.item(), norm, time.perf_counter() - start))
        model.eval()
        with torch.inference_mode():
            for a, b in val:
                F.cross_entropy(model(a), b)
