"""Three validation loaders, each with its own metric; the model is chosen by the first."""

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def blob(size, noise, seed):
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(0, 3, (size,), generator=generator)
    centres = torch.tensor([[2.0, 0, 0], [0, 2.0, 0], [0, 0, 2.0]])
    return TensorDataset(centres[y] + noise * torch.randn(size, 3, generator=generator), y)


@torch.no_grad()
def accuracy(net, loader):
    net.eval()
    right = sum((net(x).argmax(1) == y).sum().item() for x, y in loader)
    return right / len(loader.dataset)


def main(record):
    torch.manual_seed(927)
    train = DataLoader(blob(120, 0.5, 1), 24, shuffle=True)
    vals = {n: DataLoader(blob(45, s, 9), 45) for n, s in (("a", 0.5), ("b", 1.0), ("c", 2.0))}
    test = DataLoader(blob(45, 0.5, 11), 45)
    net = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Dropout(0.1), nn.Linear(12, 3))
    optimizer = optim.Adamax(net.parameters(), lr=1e-2)
    best, kept = 0.0, None
    with record(train=train, val=vals["a"], test=test):
        for _ in range(4):
            net.train()
            for x, y in train:
                optimizer.zero_grad()
                F.cross_entropy(net(x), y).backward()
                optimizer.step()
            scores = {name: accuracy(net, loader) for name, loader in vals.items()}
            if scores["a"] > best:
                best = scores["a"]
                kept = {name: value.clone() for name, value in net.state_dict().items()}
        net.load_state_dict(kept)
        accuracy(net, test)
