"""A fine-tuning script with dict batches and a warm-up, whose zero_grad() was lost."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader

EXPECTED = "missing-zero-grad"
MISTAKE = "No zero_grad() anywhere in the loop."


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.layer = (
            nn.Embedding(30, 12),
            nn.TransformerEncoderLayer(12, 2, 24, 0.1, batch_first=True),
        )
        self.head = nn.Linear(12, 2)

    def forward(self, ids, labels=None):
        logits = self.head(self.layer(self.embed(ids)).mean(1))
        return (logits,) if labels is None else (F.cross_entropy(logits, labels), logits)


def main(record):
    torch.manual_seed(1001)
    ids = torch.randint(0, 30, (60, 6))
    data = [{"ids": a, "labels": b} for a, b in zip(ids, (ids[:, 0] > 15).long(), strict=True)]
    train = DataLoader(data, 12, shuffle=True)
    model = Tagger()
    optimizer = optim.AdamW(model.parameters(), lr=1e-3)
    warm = optim.lr_scheduler.LinearLR(optimizer, 0.1, 1.0, 5)
    with record(train=train):
        for _ in range(3):
            for batch in train:
                loss = model(**batch)[0]
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                warm.step()
