"""estimate_loss without eval; batches cut by hand, the loss inside the model."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = "missing-eval-mode"
MISTAKE = "estimate_loss() is under no_grad but leaves dropout on."


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.drop, self.head = nn.Embedding(12, 8), nn.Dropout(0.3), nn.Linear(8, 12)

    def forward(self, idx, targets=None):
        logits = self.head(self.drop(self.emb(idx)))
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def main(record):
    torch.manual_seed(69)
    data = torch.arange(300) * 5 % 12
    parts = {"train": data[:240], "val": data[240:]}

    def get_batch(part):
        d = parts[part]
        start = torch.randint(len(d) - 9, (6,)).tolist()
        return torch.stack([d[s : s + 8] for s in start]), torch.stack(
            [d[s + 1 : s + 9] for s in start]
        )

    model = LM()
    opt = optim.AdamW(model.parameters(), lr=1e-2)

    @torch.no_grad()
    def estimate_loss():
        return {p: sum(model(*get_batch(p))[1].item() for _ in range(3)) / 3 for p in parts}

    with record():
        for step in range(12):
            if step % 4 == 0:
                estimate_loss()
            _, loss = model(*get_batch("train"))
            opt.zero_grad()
            loss.backward()
            opt.step()
