"""Detection fine-tuning: frozen batch norm stays in eval mode while all else trains."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(2)
        )
        self.classes, self.boxes = nn.Linear(32, 3), nn.Linear(32, 4)

    def train(self, mode=True):
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
                for p in module.parameters():
                    p.requires_grad_(False)
        return self

    def forward(self, images, targets=None):
        h = self.backbone(images).flatten(1)
        scores, boxes = self.classes(h), self.boxes(h)
        if targets is None:
            return scores.softmax(-1), boxes
        return {
            "loss_class": F.cross_entropy(scores, targets["labels"]),
            "loss_box": F.smooth_l1_loss(boxes, targets["boxes"]),
        }


def main(record):
    torch.manual_seed(926)
    images, labels = torch.rand(48, 3, 9, 9), torch.randint(0, 3, (48,))
    boxes = torch.rand(48, 4)
    loader = DataLoader(TensorDataset(images, labels, boxes), 8, shuffle=True)
    val = DataLoader(TensorDataset(images[:16] + 0.01, labels[:16], boxes[:16]), 8)
    model = Detector()
    optimizer = optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.01, momentum=0.9)
    with record(train=loader, val=val):
        for _ in range(3):
            model.train()
            for a, b, c in loader:
                losses = model(a, {"labels": b, "boxes": c})
                loss = sum(losses.values())
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                for a, _b, _c in val:
                    model(a)
