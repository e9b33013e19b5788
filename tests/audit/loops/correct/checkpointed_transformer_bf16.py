"""Gradient checkpointing in every block, autocast to bfloat16, gradient norm logged."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(16)
        self.mix = nn.MultiheadAttention(16, 2, dropout=0.1, batch_first=True)
        self.feed = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Dropout(0.1), nn.Linear(32, 16))

    def forward(self, x):
        h = self.norm(x)
        x = x + self.mix(h, h, h, need_weights=False)[0]
        return x + self.feed(x)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 16)
        self.blocks = nn.ModuleList(Block() for _ in range(2))
        self.head = nn.Linear(16, 20)

    def forward(self, ids):
        x = self.embed(ids)
        for block in self.blocks:
            x = checkpoint(block, x, use_reentrant=False) if self.training else block(x)
        return self.head(x)


def main(record):
    torch.manual_seed(911)
    ids = torch.randint(0, 20, (64, 8)).sort(1).values
    train, val = DataLoader(TensorDataset(ids[:48]), 12, shuffle=True), ids[48:]
    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    norms = []
    with record(train=train):
        for _ in range(2):
            model.train()
            for (batch,) in train:
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    logits = model(batch[:, :-1])
                    loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
                optimizer.zero_grad()
                loss.backward()
                norms.append(nn.utils.clip_grad_norm_(model.parameters(), float("inf")).item())
                optimizer.step()
            model.eval()
            with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
                model(val[:, :-1])
