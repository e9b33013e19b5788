"""Cross-entropy and a second loss that learns a centre for each class."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "params-not-in-optimizer"
MISTAKE = "The centres are in no optimizer."


class CenterLoss(nn.Module):
    def __init__(self, classes, features):
        super().__init__()
        self.centers = nn.Parameter(torch.randn(classes, features))

    def forward(self, features, labels):
        return ((features - self.centers[labels]) ** 2).sum(1).mean()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        features = self.body(x)
        return features, self.head(features)


def main(record):
    torch.manual_seed(0)
    y = torch.randint(3, (160,))
    x = torch.randn(3, 8)[y] + 0.5 * torch.randn(160, 8)
    loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
    net, center_loss = Net(), CenterLoss(3, 4)
    optimizer = optim.SGD(net.parameters(), lr=0.05)
    with record(train=loader):
        for _ in range(3):
            for inputs, labels in loader:
                features, logits = net(inputs)
                loss = F.cross_entropy(logits, labels) + 0.01 * center_loss(features, labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
