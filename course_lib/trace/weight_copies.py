"""Copies of the weights before a step, so that the size of the update can be measured."""

import torch
from torch import Tensor
from torch.optim import Optimizer

_MANY = 4_000_000  # elements that are copied at most


def held_by(optimizer: Optimizer) -> list[Tensor]:
    """All its parameters."""
    return [p for group in optimizer.param_groups for p in group["params"]]


def watched_weights(optimizer: Optimizer) -> list[Tensor]:
    """Weights that are copied: all, or the smallest ones up to a limit."""
    weights = [p for p in held_by(optimizer) if p.is_floating_point() and p.requires_grad]
    if sum(p.numel() for p in weights) <= _MANY:
        return weights
    chosen, elements = [], 0
    for parameter in sorted(weights, key=Tensor.numel):
        elements += parameter.numel()
        if elements > _MANY:
            break
        chosen.append(parameter)
    return chosen


def copies_of(weights: list[Tensor], room: list[Tensor]) -> list[Tensor]:
    """Copies, in the room of earlier ones where it fits: memory that is in the cache already."""
    fits = len(room) == len(weights) and all(
        a.shape == b.shape and a.dtype == b.dtype and a.device == b.device
        for a, b in zip(room, weights, strict=True)
    )
    if not fits:
        return [weight.detach().clone() for weight in weights]
    torch._foreach_copy_(room, [weight.detach() for weight in weights])
    return room
