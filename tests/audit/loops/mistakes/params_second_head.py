"""Two heads, one added to the optimizer by name only."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import (
    DataLoader,
    TensorDataset,
)

EXPECTED = "params-not-in-optimizer"
MISTAKE = "The size head is used in the loss and not in the optimizer."


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk, self.kind, self.size = nn.Linear(5, 12), nn.Linear(12, 3), nn.Linear(12, 1)

    def forward(self, x):
        h = torch.relu(self.trunk(x))
        return self.kind(h), self.size(h)


def main(record):
    torch.manual_seed(78)
    X = torch.randn(60, 5)
    data = TensorDataset(X, X[:, :3].argmax(1), X.sum(1, keepdim=True))
    loader = DataLoader(data, batch_size=12, shuffle=True)
    net = Net()
    opt = optim.Adam(
        [{"params": net.trunk.parameters(), "lr": 1e-3}, {"params": net.kind.parameters()}], lr=1e-2
    )
    with record(train=loader):
        for _ in range(3):
            for x, kind, size in loader:
                a, b = net(x)
                loss = F.cross_entropy(a, kind) + F.mse_loss(b, size)
                opt.zero_grad()
                loss.backward()
                opt.step()
