"""Metric learning with triplet loss; reports how often held-out triplets are ordered properly."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

EXPECTED = "same-batch"
MISTAKE = "one batch is fetched before the loop and used for all training steps"


class Triplets(Dataset):
    def __init__(self, n, seed, classes=6, dim=16):
        g = torch.Generator().manual_seed(seed)
        centers = torch.randn(classes, dim, generator=torch.Generator().manual_seed(99))
        mix = torch.randn(dim, dim, generator=torch.Generator().manual_seed(98))
        a = torch.randint(0, classes, (n,), generator=g)
        b = (a + torch.randint(1, classes, (n,), generator=g)) % classes

        def draw(c):
            return torch.tanh((centers[c] + 0.8 * torch.randn(n, dim, generator=g)) @ mix / 4)

        self.triples = list(zip(draw(a), draw(a), draw(b), strict=True))

    def __len__(self):
        return len(self.triples)

    def __getitem__(self, i):
        return self.triples[i]


def main(record):
    torch.manual_seed(24)
    train_loader = DataLoader(Triplets(600, 1), batch_size=50, shuffle=True)
    val_loader = DataLoader(Triplets(200, 2), batch_size=50)
    embed = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 8))
    criterion = nn.TripletMarginLoss(margin=0.5)
    optimizer = torch.optim.Adam(embed.parameters(), lr=2e-3)
    steps_per_epoch = len(train_loader)

    with record(train=train_loader, val=val_loader):
        anchor, positive, negative = next(iter(train_loader))
        for epoch in range(6):
            embed.train()
            for _ in range(steps_per_epoch):
                loss = criterion(embed(anchor), embed(positive), embed(negative))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            embed.eval()
            ordered = 0
            with torch.no_grad():
                for a, p, n in val_loader:
                    ea, ep, en = embed(a), embed(p), embed(n)
                    ordered += ((ea - ep).norm(dim=1) < (ea - en).norm(dim=1)).sum().item()
            print(epoch, round(loss.item(), 4), "ordered", ordered / 200)
