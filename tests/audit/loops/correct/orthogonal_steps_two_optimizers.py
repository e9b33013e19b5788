"""Matrices by an optimizer of one's own, everything else by AdamW; model.zero_grad after both."""

import torch
import torch.nn.functional as F
from torch import nn, optim

EXPECTED = None


class Orthogonal(optim.Optimizer):
    def __init__(self, params, lr=0.02, momentum=0.9):
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                mean = self.state[p].setdefault("mean", torch.zeros_like(p))
                mean.mul_(group["momentum"]).add_(p.grad)
                u, _, v = torch.linalg.svd(mean, full_matrices=False)
                p.add_(u @ v, alpha=-group["lr"])


def main(record):
    torch.manual_seed(13)
    text = torch.randint(0, 16, (2000,))
    parts = {"tok": nn.Embedding(16, 16), "fc": nn.Linear(64, 32), "out": nn.Linear(32, 16)}
    model = nn.ModuleDict(parts)
    rest = [p for p in model.parameters() if p is not model["fc"].weight]
    optimizers = [Orthogonal([model["fc"].weight]), optim.AdamW(rest, lr=3e-3)]

    def loss_at(places):
        context = torch.stack([text[i : i + 4] for i in places])
        hidden = torch.relu(model["fc"](model["tok"](context).flatten(1)))
        return F.cross_entropy(model["out"](hidden), text[places + 4])

    with record():
        for step in range(20):
            loss_at(torch.randint(0, 1500, (32,))).backward()
            for optimizer in optimizers:
                optimizer.step()
            model.zero_grad(set_to_none=True)
            if step % 10 == 9:
                with torch.no_grad():
                    loss_at(torch.randint(1500, 1990, (64,))).item()
