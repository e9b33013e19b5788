"""Skip-gram with negative samples: two sparse embeddings, SparseAdam, a generator of pairs."""

import torch
import torch.nn.functional as F
from torch import nn

EXPECTED = None


def pairs(text, window, size):
    found = [
        (text[i], text[j])
        for i in range(len(text))
        for j in range(max(0, i - window), min(len(text), i + window + 1))
        if i != j
    ]
    table = torch.tensor(found)
    for chunk in table[torch.randperm(len(table))].split(size):
        yield chunk[:, 0], chunk[:, 1]


def main(record):
    torch.manual_seed(919)
    text = ((torch.arange(120) * 3) % 17).tolist()
    inside, outside = nn.Embedding(17, 8, sparse=True), nn.Embedding(17, 8, sparse=True)
    nn.init.zeros_(outside.weight)
    optimizer = torch.optim.SparseAdam([inside.weight, outside.weight], lr=2e-2)
    with record():
        for _ in range(2):
            for centre, context in pairs(text, 2, 64):
                v, u = inside(centre), outside(context)
                wrong = outside(torch.randint(0, 17, (len(centre), 4)))
                good = F.logsigmoid((v * u).sum(1))
                bad = F.logsigmoid(-(wrong @ v.unsqueeze(2)).squeeze(2)).sum(1)
                loss = -(good + bad).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
