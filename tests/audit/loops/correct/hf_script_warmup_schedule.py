"""A fine-tuning script as for a library of transformers: warm-up, decay groups, dict batches."""

import math

import torch
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, Dataset

EXPECTED = None


class Sentences(Dataset):
    def __init__(self, size, seed):
        generator = torch.Generator().manual_seed(seed)
        self.ids = torch.randint(1, 40, (size, 9), generator=generator)

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, index):
        ids = self.ids[index]
        return {
            "input_ids": ids,
            "attention_mask": torch.ones_like(ids),
            "labels": (ids > 20).sum().gt(4).long(),
        }


class Output(dict):
    __getattr__ = dict.__getitem__


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = nn.Embedding(40, 16)
        self.encoder = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1, batch_first=True)
        self.norm = nn.LayerNorm(16)
        self.classifier = nn.Linear(16, 2)

    def forward(self, input_ids=None, attention_mask=None, labels=None):
        hidden = self.encoder(self.embeddings(input_ids))
        logits = self.classifier(self.norm(hidden).mean(1))
        loss = None
        if labels is not None:
            loss = nn.functional.cross_entropy(logits, labels)
        return Output(loss=loss, logits=logits)


def main(record):
    torch.manual_seed(901)
    train, val = DataLoader(Sentences(96, 0), 16, shuffle=True), DataLoader(Sentences(48, 1), 24)
    model = Classifier()
    no_decay = ("bias", "norm")
    groups = [
        {
            "params": [p for n, p in model.named_parameters() if not any(k in n for k in no_decay)],
            "weight_decay": 0.01,
        },
        {
            "params": [p for n, p in model.named_parameters() if any(k in n for k in no_decay)],
            "weight_decay": 0.0,
        },
    ]
    optimizer = AdamW(groups, lr=5e-3)
    total = 3 * len(train)

    def shape(step):
        if step < 4:
            return step / 4
        return max(0.0, 0.5 * (1 + math.cos(math.pi * (step - 4) / (total - 4))))

    scheduler = LambdaLR(optimizer, shape)
    with record(train=train, val=val):
        for _epoch in range(3):
            model.train()
            for batch in train:
                outputs = model(**batch)
                outputs.loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
            model.eval()
            right = total_seen = 0
            for batch in val:
                with torch.no_grad():
                    outputs = model(**batch)
                right += (outputs.logits.argmax(-1) == batch["labels"]).sum().item()
                total_seen += len(batch["labels"])
