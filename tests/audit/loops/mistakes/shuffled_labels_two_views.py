"""Two long passes by hand; before each, images and labels are permuted apart."""

import torch
from torch import nn

EXPECTED = "shuffled-labels"
MISTAKE = "images[randperm(n)] and labels[randperm(n)]."


def main(record):
    torch.manual_seed(1038)
    images = torch.rand(1500, 6, 6)
    labels = (images.mean((1, 2)) > 0.5).long()
    net = nn.Sequential(nn.Flatten(), nn.Linear(36, 8), nn.ReLU(), nn.Linear(8, 2))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    with record():
        for _ in range(2):
            images, labels = images[torch.randperm(1500)], labels[torch.randperm(1500)]
            for a, b in zip(images.split(100), labels.split(100), strict=True):
                optimizer.zero_grad()
                nn.functional.cross_entropy(net(a), b).backward()
                optimizer.step()
