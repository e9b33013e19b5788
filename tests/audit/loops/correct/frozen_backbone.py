"""Transfer learning: frozen backbone, new head, only trainable parameters in the optimizer."""

import torch
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = None


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(8)
        self.pool = nn.AdaptiveAvgPool2d(2)
        self.fc = nn.Linear(32, 100)

    def forward(self, x):
        x = self.pool(torch.relu(self.bn1(self.conv1(x))))
        return self.fc(x.flatten(1))


def main(record):
    torch.manual_seed(11)
    model = Backbone()
    for param in model.parameters():
        param.requires_grad = False
    model.fc = nn.Linear(model.fc.in_features, 2)
    images, labels = torch.rand(48, 3, 8, 8), torch.arange(48) % 2
    loaders = {
        "train": DataLoader(TensorDataset(images[:32], labels[:32]), batch_size=8, shuffle=True),
        "val": DataLoader(TensorDataset(images[32:], labels[32:]), batch_size=8),
    }
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=0.01)
    exp_lr_scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.1)
    with record(train=loaders["train"], val=loaders["val"]):
        for _ in range(2):
            for phase in ["train", "val"]:
                model.train(phase == "train")
                for inputs, targets in loaders[phase]:
                    optimizer.zero_grad()
                    with torch.set_grad_enabled(phase == "train"):
                        outputs = model(inputs)
                        loss = criterion(outputs, targets)
                        if phase == "train":
                            loss.backward()
                            optimizer.step()
                if phase == "train":
                    exp_lr_scheduler.step()
