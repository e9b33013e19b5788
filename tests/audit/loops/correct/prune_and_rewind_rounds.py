"""Lottery tickets: prune, set the surviving weights back in place, train anew with a new
optimizer, in rounds.
"""

import copy

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.nn.utils import prune
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def main(record):
    torch.manual_seed(0)
    y = torch.randint(3, (360,))
    x = torch.randn(360, 20) + 1.2 * F.one_hot(y, 20)
    train = DataLoader(TensorDataset(x[:280], y[:280]), 28, shuffle=True)
    val = DataLoader(TensorDataset(x[280:], y[280:]), 40)
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 3))
    start = copy.deepcopy(model.state_dict())
    layers = [(name, m) for name, m in model.named_modules() if isinstance(m, nn.Linear)]

    def fit(epochs):
        opt = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        for _ in range(epochs):
            model.train()
            for a, b in train:
                opt.zero_grad()
                F.cross_entropy(model(a), b).backward()
                opt.step()
            model.eval()
            with torch.inference_mode():
                sum((model(a).argmax(-1) == b).sum().item() for a, b in val)

    with record(train=train, val=val):
        fit(3)
        for _ in range(2):
            prune.global_unstructured(
                [(m, "weight") for _, m in layers],
                pruning_method=prune.L1Unstructured,
                amount=0.3,
            )
            with torch.no_grad():
                for name, m in layers:
                    m.weight_orig.copy_(start[f"{name}.weight"])
                    m.bias.copy_(start[f"{name}.bias"])
            fit(3)
        for _, m in layers:
            prune.remove(m, "weight")
