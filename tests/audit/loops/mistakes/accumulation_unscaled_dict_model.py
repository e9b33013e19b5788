"""Accumulation over three batches; the loss is made inside the model."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
)

EXPECTED = "accumulation-unscaled"
MISTAKE = "outputs.loss is not divided by the accumulation steps."


class Output:
    def __init__(self, loss, logits):
        self.loss, self.logits = loss, logits


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.fc = nn.EmbeddingBag(30, 10), nn.Linear(10, 2)

    def forward(self, *, input_ids, labels):
        logits = self.fc(self.emb(input_ids))
        return Output(F.cross_entropy(logits, labels), logits)


def main(record):
    torch.manual_seed(80)
    ids = torch.randint(0, 30, (72, 5))
    rows = [{"input_ids": a, "labels": int(a.sum() % 2)} for a in ids]
    loader = DataLoader(rows, batch_size=8, shuffle=True)
    net = Net()
    opt = optim.AdamW(net.parameters(), lr=1e-2)
    with record(train=loader):
        for _ in range(2):
            for i, batch in enumerate(loader, 1):
                net(**batch).loss.backward()
                if i % 3 == 0:
                    opt.step()
                    opt.zero_grad()
