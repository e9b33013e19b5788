"""Long passes by hand; before each, images and labels are permuted apart. Validated by a loader."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "shuffled-labels"
MISTAKE = "images[randperm(n)] and labels[randperm(n)]."


def main(record):
    torch.manual_seed(1038)
    images = torch.rand(1620, 6, 6)
    labels = (images.mean((1, 2)) > 0.5).long()
    val = DataLoader(TensorDataset(images[1500:], labels[1500:]), batch_size=40)
    images, labels = images[:1500], labels[:1500]
    net = nn.Sequential(nn.Flatten(), nn.Linear(36, 8), nn.ReLU(), nn.Linear(8, 2))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    with record(val=val):
        for _ in range(2):
            images, labels = images[torch.randperm(1500)], labels[torch.randperm(1500)]
            for a, b in zip(images.split(100), labels.split(100), strict=True):
                optimizer.zero_grad()
                nn.functional.cross_entropy(net(a), b).backward()
                optimizer.step()
            with torch.no_grad():
                right = sum((net(a).argmax(1) == b).sum().item() for a, b in val)
            print(right / 120)
