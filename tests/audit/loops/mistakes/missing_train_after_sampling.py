"""Language model: eval() for the estimate every few steps, and never back."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = "missing-train-mode"
MISTAKE = "The estimate leaves the model in eval mode."


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.drop = nn.Embedding(10, 8), nn.Dropout(0.2)
        self.rnn, self.head = nn.GRU(8, 12, batch_first=True), nn.Linear(12, 10)

    def forward(self, ids):
        return self.head(self.drop(self.rnn(self.embed(ids))[0]))


def main(record):
    torch.manual_seed(1012)
    text = torch.arange(400) % 10
    model = LM()
    optimizer = optim.AdamW(model.parameters(), lr=1e-2)

    def batch():
        starts = torch.randint(0, 380, (8,))
        return torch.stack([text[s : s + 6] for s in starts]), torch.stack(
            [text[s + 1 : s + 7] for s in starts]
        )

    @torch.no_grad()
    def estimate():
        model.eval()
        x, y = batch()
        return F.cross_entropy(model(x).flatten(0, 1), y.flatten()).item()

    with record():
        model.train()
        for step in range(24):
            if step % 6 == 5:
                estimate()
            x, y = batch()
            loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
