"""A folder-like data set, class after class, read in order."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader

EXPECTED = "unshuffled-training"
MISTAKE = "shuffle=True is missing for sorted classes."


class Folder(torch.utils.data.Dataset):
    def __len__(self):
        return 120

    def __getitem__(self, i):
        label = i // 30
        generator = torch.Generator().manual_seed(i)
        return torch.randn(1, 5, 5, generator=generator) + label, label


def main(record):
    torch.manual_seed(1039)
    train = DataLoader(Folder(), 10)
    net = nn.Sequential(nn.Flatten(), nn.Linear(25, 16), nn.ReLU(), nn.Linear(16, 4))
    optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    with record(train=train):
        for _ in range(3):
            for a, b in train:
                optimizer.zero_grad()
                F.cross_entropy(net(a), b).backward()
                optimizer.step()
