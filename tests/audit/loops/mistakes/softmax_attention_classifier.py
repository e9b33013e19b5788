"""An image classifier that ends in softmax, trained with label smoothing."""

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = "softmax-before-cross-entropy"
MISTAKE = "The model's last layer is a softmax."


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 6, 3), nn.Linear(6, 4)

    def forward(self, x):
        return torch.softmax(self.fc(torch.relu(self.conv(x)).mean((2, 3))), dim=-1)


def main(record):
    torch.manual_seed(1030)
    y = torch.arange(80) % 4
    x = torch.rand(4, 1, 6, 6)[y] + 0.1 * torch.rand(80, 1, 6, 6)
    train = DataLoader(TensorDataset(x, y), 16, shuffle=True)
    net, criterion = Net(), nn.CrossEntropyLoss(label_smoothing=0.05)
    optimizer = optim.Adam(net.parameters(), lr=1e-3)
    with record(train=train):
        for _ in range(3):
            for a, b in train:
                optimizer.zero_grad()
                criterion(net(a), b).backward()
                optimizer.step()
