"""Sizes of many tensors at once."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

_NARROW = frozenset({torch.float16, torch.bfloat16})


def norm_of(tensors: Sequence[Tensor]) -> Tensor | float | None:
    """The Euclidean norm of all elements together: a number where it can be had at once, else a
    0-d tensor; None for no tensors.
    """
    if not tensors:
        return None
    dense = [_values(tensor) for tensor in tensors]
    narrow = not _NARROW.isdisjoint([tensor.dtype for tensor in dense])
    norms = torch._foreach_norm(dense, 2, torch.float32 if narrow else None)
    first = norms[0]
    if first.is_cpu and norms[-1].is_cpu:
        return math.hypot(*[norm.item() for norm in norms])
    return torch.linalg.vector_norm(torch.stack([n.to(first.device, first.dtype) for n in norms]))


def are_zero(tensors: Sequence[Tensor]) -> list[bool]:
    """For each tensor, whether all of its elements are 0."""
    sizes = torch._foreach_norm([_values(tensor) for tensor in tensors], float("inf"))
    return [not size > 0 and size == size for size in (size.item() for size in sizes)]


def _values(tensor: Tensor) -> Tensor:
    if tensor.requires_grad:  # a gradient with a graph of its own
        tensor = tensor.detach()
    return tensor if tensor.layout is torch.strided else tensor._values()
