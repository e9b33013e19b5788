"""Two heads; a third of the weighted sum of their losses is accumulated over three batches."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(6, 16), nn.ReLU())
        self.kind, self.size = nn.Linear(16, 3), nn.Linear(16, 1)

    def forward(self, x):
        hidden = self.trunk(x)
        return self.kind(hidden), self.size(hidden).squeeze(1)


def main(record):
    torch.manual_seed(1042)
    x = torch.randn(180, 6)
    kinds, sizes = x[:, :3].argmax(1), x[:, 3] - x[:, 4]
    loader = DataLoader(TensorDataset(x, kinds, sizes), batch_size=15, shuffle=True)
    model, per_update = Heads(), 3
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
    kind_loss, size_loss = nn.CrossEntropyLoss(), nn.SmoothL1Loss()
    with record(train=loader):
        for _ in range(3):
            for number, (inputs, kind, size) in enumerate(loader, 1):
                says_kind, says_size = model(inputs)
                loss = kind_loss(says_kind, kind) + 0.3 * size_loss(says_size, size)
                (loss / per_update).backward()
                if number % per_update == 0:
                    optimizer.step()
                    optimizer.zero_grad()
