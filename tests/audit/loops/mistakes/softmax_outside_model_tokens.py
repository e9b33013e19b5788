"""Token classifier; softmax between model and loss."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "softmax-before-cross-entropy"
MISTAKE = "probs, not logits, go into the loss."


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.out = nn.Embedding(20, 12), nn.Linear(12, 5)

    def forward(self, ids):
        return self.out(self.emb(ids))


def main(record):
    torch.manual_seed(20)
    ids = torch.randint(0, 20, (60, 7))
    loader = DataLoader(TensorDataset(ids, ids % 5), batch_size=12, shuffle=True)
    tagger = Tagger()
    opt = optim.AdamW(tagger.parameters(), lr=1e-2)
    ce = nn.CrossEntropyLoss()
    with record(train=loader):
        for _ in range(3):
            for x, tags in loader:
                probs = torch.softmax(tagger(x), dim=-1)
                loss = ce(probs.view(-1, 5), tags.view(-1))
                opt.zero_grad()
                loss.backward()
                opt.step()
