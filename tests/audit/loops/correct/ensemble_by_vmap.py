"""Four networks at once: torch.func's vmap over stacked parameters, descent by hand."""

import copy

import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap
from torch.utils.data import DataLoader, TensorDataset

EXPECTED = None


def main(record):
    torch.manual_seed(15)
    y = torch.randint(2, (160,))
    x = torch.randn(160, 5) + y[:, None]
    loader = DataLoader(TensorDataset(x, y), 32, shuffle=True)
    nets = [nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 2)) for _ in range(4)]
    params, buffers = stack_module_state(nets)
    base = copy.deepcopy(nets[0]).to("meta")
    params = {name: value.detach() for name, value in params.items()}

    def loss_of(params, buffers, inputs, targets):
        return F.cross_entropy(functional_call(base, (params, buffers), (inputs,)), targets)

    each = vmap(grad_and_value(loss_of), in_dims=(0, 0, None, None))
    with record(train=loader):
        for _ in range(3):
            for inputs, targets in loader:
                grads, losses = each(params, buffers, inputs, targets)
                params = {name: value - 0.1 * grads[name] for name, value in params.items()}
            assert losses.isfinite().all()
