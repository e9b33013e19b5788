"""Character language model: batches cut at random by hand, estimate_loss as in GPT scripts."""

import torch
import torch.nn.functional as F
from torch import nn

EXPECTED = None


class TinyLM(nn.Module):
    def __init__(self, vocab=20, width=16):
        super().__init__()
        self.tok = nn.Embedding(vocab, width)
        self.rnn = nn.GRU(width, width, batch_first=True)
        self.drop = nn.Dropout(0.1)
        self.lm_head = nn.Linear(width, vocab)

    def forward(self, idx, targets=None):
        h, _ = self.rnn(self.drop(self.tok(idx)))
        logits = self.lm_head(h)
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))


def main(record):
    torch.manual_seed(17)
    text = (torch.arange(600) * 7 + torch.randint(0, 3, (600,))) % 20
    splits = {"train": text[:500], "val": text[500:]}
    block, batch = 8, 6

    def get_batch(split):
        data = splits[split]
        ix = torch.randint(len(data) - block - 1, (batch,))
        x = torch.stack([data[i : i + block] for i in ix])
        y = torch.stack([data[i + 1 : i + block + 1] for i in ix])
        return x, y

    model = TinyLM()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)

    @torch.no_grad()
    def estimate_loss():
        out = {}
        model.eval()
        for split in splits:
            out[split] = torch.stack([model(*get_batch(split))[1] for _ in range(2)]).mean()
        model.train()
        return out

    with record():
        for step in range(15):
            if step % 5 == 0:
                estimate_loss()
            _, loss = model(*get_batch("train"))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
