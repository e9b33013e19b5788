"""Model that takes keywords only, computes its own loss, returns a dict."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    Dataset,
)

EXPECTED = None


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.EmbeddingBag(50, 16)
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(16, 2)
        self.loss_fn = nn.CrossEntropyLoss()

    def forward(self, *, input_ids, labels=None):
        logits = self.classifier(self.dropout(self.embed(input_ids)))
        out = {"logits": logits}
        if labels is not None:
            out["loss"] = self.loss_fn(logits, labels)
        return out


class Sentences(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.ids = torch.randint(0, 50, (n, 12), generator=g)

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, i):
        return {"input_ids": self.ids[i], "labels": int(self.ids[i].float().mean() > 24.5)}


def main(record):
    torch.manual_seed(18)
    train = DataLoader(Sentences(48, 0), batch_size=12, shuffle=True)
    val = DataLoader(Sentences(24, 1), batch_size=12)
    model = Classifier()
    optimizer = optim.AdamW(model.parameters(), lr=5e-3)
    total = 2 * len(train)
    scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda s: max(0.0, 1 - s / total))
    with record(train=train, val=val):
        for _ in range(2):
            model.train()
            for batch in train:
                batch = {k: v.to("cpu") for k, v in batch.items()}
                outputs = model(**batch)
                outputs["loss"].backward()
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
            model.eval()
            correct = 0
            for batch in val:
                with torch.no_grad():
                    outputs = model(**batch)
                correct += (outputs["logits"].argmax(-1) == batch["labels"]).sum().item()
