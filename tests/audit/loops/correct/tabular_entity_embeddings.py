"""Tabular regression: entity embeddings, log targets, a plateau schedule, early stopping."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


class Tabular(nn.Module):
    def __init__(self, sizes, numbers):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(size, 3) for size in sizes)
        self.norm = nn.BatchNorm1d(numbers)
        self.layers = nn.Sequential(
            nn.Linear(3 * len(sizes) + numbers, 24), nn.ReLU(), nn.Dropout(0.1), nn.Linear(24, 1)
        )

    def forward(self, categories, numbers):
        embedded = [table(categories[:, i]) for i, table in enumerate(self.tables)]
        return self.layers(torch.cat([*embedded, self.norm(numbers)], 1))


def main(record):
    torch.manual_seed(920)
    categories = torch.stack([torch.randint(0, n, (200,)) for n in (4, 6)], 1)
    numbers = torch.randn(200, 3)
    price = torch.exp(categories[:, 0] * 0.3 + numbers[:, 0] * 0.2).unsqueeze(1)
    sets = TensorDataset(categories, numbers, price.log1p())
    train_set, val_set = torch.utils.data.random_split(sets, [0.8, 0.2])
    train, val = DataLoader(train_set, 32, shuffle=True), DataLoader(val_set, 40)
    model = Tabular((4, 6), 3)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
    criterion = nn.MSELoss()
    best, waited = float("inf"), 0
    with record(train=train, val=val):
        for _ in range(6):
            model.train()
            for cats, nums, target in train:
                optimizer.zero_grad()
                loss = criterion(model(cats, nums), target)
                loss.backward()
                optimizer.step()
            model.eval()
            total = 0.0
            with torch.no_grad():
                for cats, nums, target in val:
                    total += criterion(model(cats, nums), target).item() * len(target)
            plateau.step(total / len(val_set))
            if total < best:
                best, waited = total, 0
            else:
                waited += 1
                if waited == 2:
                    break
