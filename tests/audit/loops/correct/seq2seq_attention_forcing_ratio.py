"""Translation by two GRUs, forced with falling probability; greedy decoding to evaluate."""

import random

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(12, 10), nn.GRU(10, 14, batch_first=True)
        self.drop = nn.Dropout(0.1)

    def forward(self, words):
        return self.rnn(self.drop(self.embed(words)))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(12, 10), nn.GRU(10, 14, batch_first=True)
        self.out = nn.Linear(28, 12)

    def forward(self, word, hidden, memory):
        seen, hidden = self.rnn(self.embed(word), hidden)
        weights = torch.softmax(seen @ memory.transpose(1, 2), dim=-1)
        return self.out(torch.cat([seen, weights @ memory], -1)).squeeze(1), hidden


def decode(encoder, decoder, source, target, forced):
    memory, hidden = encoder(source)
    word, scores = torch.zeros(len(source), 1, dtype=torch.long), []
    for place in range(target.shape[1]):
        score, hidden = decoder(word, hidden, memory)
        scores.append(score)
        use = random.random() < forced
        word = target[:, place : place + 1] if use else score.argmax(1, keepdim=True).detach()
    return torch.stack(scores, 1)


def main(record):
    torch.manual_seed(906)
    random.seed(906)
    source = torch.randint(1, 12, (64, 5))
    train = DataLoader(TensorDataset(source[:48], source[:48].flip(1)), 16, shuffle=True)
    val = DataLoader(TensorDataset(source[48:], source[48:].flip(1)), 16)
    encoder, decoder = Encoder(), Decoder()
    optimizers = [optim.Adam(m.parameters(), lr=5e-3) for m in (encoder, decoder)]
    criterion = nn.CrossEntropyLoss(ignore_index=0)
    with record(train=train, val=val):
        for epoch in range(3):
            encoder.train(), decoder.train()
            for x, y in train:
                for optimizer in optimizers:
                    optimizer.zero_grad()
                scores = decode(encoder, decoder, x, y, 1 - epoch / 3)
                criterion(scores.reshape(-1, 12), y.reshape(-1)).backward()
                nn.utils.clip_grad_norm_(
                    [*encoder.parameters(), *decoder.parameters()], max_norm=1.0
                )
                for optimizer in optimizers:
                    optimizer.step()
            encoder.eval(), decoder.eval()
            with torch.inference_mode():
                for x, y in val:
                    criterion(decode(encoder, decoder, x, y, 0).reshape(-1, 12), y.reshape(-1))
