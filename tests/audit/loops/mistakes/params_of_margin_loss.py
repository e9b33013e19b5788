"""A margin loss with class weights of its own, as in face recognition."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "params-not-in-optimizer"
MISTAKE = "The optimizer was not given the parameters of the margin."


class Margin(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, features))

    def forward(self, features, labels):
        cosine = F.linear(F.normalize(features), F.normalize(self.weight))
        margin = 0.2 * F.one_hot(labels, cosine.shape[1])
        return F.cross_entropy(10 * (cosine - margin), labels)


def main(record):
    torch.manual_seed(0)
    y = torch.randint(6, (180,))
    x = torch.randn(6, 12)[y] + 0.4 * torch.randn(180, 12)
    loader = DataLoader(TensorDataset(x, y), batch_size=30, shuffle=True)
    net = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 8))
    criterion = Margin(8, 6)
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    with record(train=loader):
        for _ in range(3):
            for inputs, labels in loader:
                optimizer.zero_grad()
                criterion(net(inputs), labels).backward()
                optimizer.step()
