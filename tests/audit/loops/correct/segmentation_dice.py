"""Segmentation with a small encoder-decoder and a hand-written Dice loss."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


class TinyUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.mid = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())
        self.up = nn.ConvTranspose2d(8, 8, 2, stride=2)
        self.out = nn.Conv2d(16, 1, 1)

    def forward(self, x):
        skip = self.down(x)
        return self.out(torch.cat([self.up(self.mid(skip)), skip], dim=1))


def dice_loss(logits, mask, eps=1.0):
    prob = torch.sigmoid(logits)
    overlap = (prob * mask).sum(dim=(1, 2, 3))
    sizes = prob.sum(dim=(1, 2, 3)) + mask.sum(dim=(1, 2, 3))
    return (1 - (2 * overlap + eps) / (sizes + eps)).mean()


def main(record):
    torch.manual_seed(15)
    mask = (F.avg_pool2d(torch.rand(40, 1, 12, 12), 3, 1, 1) > 0.5).float()
    image = mask + 0.3 * torch.randn_like(mask)
    train = DataLoader(TensorDataset(image[:30], mask[:30]), batch_size=10, shuffle=True)
    val = DataLoader(TensorDataset(image[30:], mask[30:]), batch_size=10)
    net = TinyUNet()
    optimizer = optim.Adam(net.parameters(), lr=1e-2)
    with record(train=train, val=val):
        for _ in range(3):
            net.train()
            for img, msk in train:
                loss = dice_loss(net(img), msk)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            net.eval()
            with torch.no_grad():
                [dice_loss(net(img), msk).item() for img, msk in val]
