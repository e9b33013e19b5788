"""One pass over text snippets sorted by class."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "unshuffled-training"
MISTAKE = "All snippets of one class come first."


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.fc = nn.EmbeddingBag(40, 10), nn.Linear(10, 2)

    def forward(self, ids):
        return self.fc(self.emb(ids))


def main(record):
    torch.manual_seed(91)
    negative, positive = torch.randint(0, 25, (60, 6)), torch.randint(15, 40, (60, 6))
    data = TensorDataset(torch.cat([negative, positive]), torch.arange(120) // 60)
    loader = DataLoader(data, batch_size=10, shuffle=False)
    net = Bag()
    opt = optim.SGD(net.parameters(), lr=0.1)
    with record(train=loader):
        for ids, label in loader:
            opt.zero_grad()
            F.cross_entropy(net(ids), label).backward()
            opt.step()
