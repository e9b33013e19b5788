"""An IterableDataset packs text to blocks; validation every few steps; steps, not epochs."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

EXPECTED = None


class Packed(IterableDataset):
    def __init__(self, seed, size):
        self.seed, self.size = seed, size

    def __iter__(self):
        generator = torch.Generator().manual_seed(self.seed)
        buffer = []
        for _ in range(self.size):
            start = int(torch.randint(0, 9, (1,), generator=generator))
            buffer += [(start + k) % 11 for k in range(5)]
            while len(buffer) >= 9:
                yield torch.tensor(buffer[:9])
                buffer = buffer[8:]


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.drop = nn.Embedding(11, 12), nn.Dropout(0.1)
        self.rnn, self.head = nn.GRU(12, 16, batch_first=True), nn.Linear(16, 11)

    def forward(self, ids, targets=None):
        logits = self.head(self.rnn(self.drop(self.embed(ids)))[0])
        loss = None
        if targets is not None:
            loss = F.cross_entropy(logits.view(-1, 11), targets.reshape(-1))
        return logits, loss


@torch.no_grad()
def estimate_loss(model, loader, most=3):
    model.eval()
    losses = []
    for i, block in enumerate(loader):
        if i == most:
            break
        losses.append(model(block[:, :-1], block[:, 1:])[1].item())
    model.train()
    return sum(losses) / len(losses)


def main(record):
    torch.manual_seed(923)
    train, val = DataLoader(Packed(1, 300), batch_size=8), DataLoader(Packed(2, 80), batch_size=8)
    model = Tiny()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, betas=(0.9, 0.95))
    with record(train=train, val=val):
        stream = iter(train)
        for step in range(24):
            if step % 8 == 0:
                estimate_loss(model, val)
            for group in optimizer.param_groups:
                group["lr"] = 5e-3 * min(1.0, (step + 1) / 5)
            try:
                block = next(stream)
            except StopIteration:
                stream = iter(train)
                block = next(stream)
            _, loss = model(block[:, :-1], block[:, 1:])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
