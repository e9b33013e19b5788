"""torch.func: value and gradient of a stateless loss, plain dictionary of parameters updated."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call, grad_and_value
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def main(record):
    torch.manual_seed(925)
    y = torch.randint(0, 3, (90,))
    x = torch.randn(3, 5)[y] + 0.4 * torch.randn(90, 5)
    train = DataLoader(TensorDataset(x[:60], y[:60]), 12, shuffle=True)
    val = DataLoader(TensorDataset(x[60:], y[60:]), 30)
    net = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 3))
    params = {name: p.detach().clone() for name, p in net.named_parameters()}

    def loss_of(params, a, b):
        return F.cross_entropy(functional_call(net, params, (a,)), b)

    step = grad_and_value(loss_of)
    with record(train=train, val=val):
        for _ in range(3):
            for a, b in train:
                grads, _loss = step(params, a, b)
                params = {name: p - 0.1 * grads[name] for name, p in params.items()}
            with torch.no_grad():
                for a, b in val:
                    loss_of(params, a, b)
