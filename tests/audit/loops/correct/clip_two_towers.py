"""Two encoders learn to match pairs; a learned temperature beside them."""

import itertools

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def main(record):
    torch.manual_seed(905)
    topic = torch.randn(120, 4)
    pictures, texts = topic @ torch.randn(4, 12), topic @ torch.randn(4, 7)
    pairs = DataLoader(TensorDataset(pictures, texts), 24, shuffle=True, drop_last=True)
    see = nn.Sequential(nn.Linear(12, 16), nn.GELU(), nn.Linear(16, 5))
    read = nn.Sequential(nn.Linear(7, 16), nn.GELU(), nn.Linear(16, 5))
    scale = nn.Parameter(torch.tensor(2.0))
    optimizer = torch.optim.AdamW(
        itertools.chain(see.parameters(), read.parameters(), [scale]), lr=3e-3
    )
    with record(train=pairs):
        for _ in range(4):
            for picture, text in pairs:
                a, b = F.normalize(see(picture), dim=-1), F.normalize(read(text), dim=-1)
                logits = scale.exp() * a @ b.t()
                target = torch.arange(len(logits))
                loss = (F.cross_entropy(logits, target) + F.cross_entropy(logits.t(), target)) / 2
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                with torch.no_grad():
                    scale.clamp_(0, 4.6)
