"""Image classifier with F.softmax in forward, keyword call."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "softmax-before-cross-entropy"
MISTAKE = "forward returns probabilities to cross_entropy."


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 4, 3), nn.Linear(64, 4)

    def forward(self, *, image):
        x = torch.relu(self.conv(image)).flatten(1)
        return F.softmax(self.fc(x), dim=-1)


def main(record):
    torch.manual_seed(19)
    X = torch.rand(48, 1, 6, 6)
    loader = DataLoader(TensorDataset(X, torch.arange(48) % 4), batch_size=12, shuffle=True)
    net = Net()
    opt = optim.SGD(net.parameters(), lr=0.1)
    with record():
        for _ in range(3):
            for x, y in loader:
                loss = F.cross_entropy(net(image=x), y)
                opt.zero_grad()
                loss.backward()
                opt.step()
