"""A data set whose __getitem__ reads ten samples only, read without shuffling."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader

EXPECTED = "same-batch"
MISTAKE = "index % 10 instead of index: only ten samples are ever read."


class Fixed(torch.utils.data.Dataset):
    def __init__(self):
        self.x, self.y = torch.randn(60, 4), torch.arange(60) % 2

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        place = index % 10
        return self.x[place], self.y[place]


def main(record):
    torch.manual_seed(1045)
    train = DataLoader(Fixed(), batch_size=10)
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    optimizer = optim.SGD(net.parameters(), lr=0.05)
    with record(train=train):
        for _ in range(3):
            for a, b in train:
                optimizer.zero_grad()
                F.cross_entropy(net(a), b).backward()
                optimizer.step()
