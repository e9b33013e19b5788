"""GradScaler(enabled=False), accumulation, schedule per update, Hugging Face order."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


def main(record):
    torch.manual_seed(72)
    ids = torch.randint(0, 30, (64, 6))
    labels = (ids.sum(1) % 2).long()
    loader = DataLoader(TensorDataset(ids, labels), batch_size=8, shuffle=True)
    emb, fc = nn.EmbeddingBag(30, 12), nn.Linear(12, 2)
    model = nn.Sequential(emb, nn.Dropout(0.1), fc)
    optimizer = optim.AdamW(model.parameters(), lr=1e-2)
    scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1.0, (s + 1) / 3))
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    accumulate = 2
    with record(train=loader):
        model.train()
        for _ in range(2):
            for i, (x, y) in enumerate(loader):
                with torch.autocast("cpu", enabled=False):
                    loss = F.cross_entropy(model(x), y) / accumulate
                scaler.scale(loss).backward()
                if (i + 1) % accumulate == 0:
                    scaler.unscale_(optimizer)
                    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                    scaler.step(optimizer)
                    scaler.update()
                    scheduler.step()
                    optimizer.zero_grad()
