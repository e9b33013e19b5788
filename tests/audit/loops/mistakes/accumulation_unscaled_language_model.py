"""Four micro-batches for each step, clipped afterwards, none of the losses divided."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "accumulation-unscaled"
MISTAKE = "loss.backward() instead of (loss / 4).backward()."


def main(record):
    torch.manual_seed(1025)
    ids = torch.randint(0, 12, (96, 7))
    train = DataLoader(TensorDataset(ids), 8, shuffle=True)
    embed, rnn, head = nn.Embedding(12, 8), nn.LSTM(8, 12, batch_first=True), nn.Linear(12, 12)
    parameters = [*embed.parameters(), *rnn.parameters(), *head.parameters()]
    optimizer = optim.AdamW(parameters, lr=1e-3)
    with record(train=train):
        for _ in range(2):
            for step, (x,) in enumerate(train, 1):
                scores = head(rnn(embed(x[:, :-1]))[0])
                loss = F.cross_entropy(scores.flatten(0, 1), x[:, 1:].flatten())
                loss.backward()
                if step % 4 == 0:
                    nn.utils.clip_grad_norm_(parameters, 1.0)
                    optimizer.step()
                    optimizer.zero_grad()
