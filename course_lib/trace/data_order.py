"""In which order samples come, and whether inputs and targets come together."""

from typing import Any

import torch
from torch import Tensor
from torch.utils.data import (
    RandomSampler,
    SequentialSampler,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
)


def pairs_of(dataset: Any, indices: list[int], tensors: list[Tensor]) -> bool | None:
    """Whether inputs and targets belong together as in the data set, where that can be told."""
    while isinstance(dataset, Subset):
        indices = [int(dataset.indices[i]) for i in indices]
        dataset = dataset.dataset
    if not isinstance(dataset, TensorDataset) or len(tensors) != len(dataset.tensors):
        return None
    if "__getitem__" in vars(type(dataset)) and type(dataset) is not TensorDataset:
        return None
    rows = torch.as_tensor(indices, device=dataset.tensors[0].device)
    inputs, targets = (tensor[rows] for tensor in dataset.tensors[:2])
    if tensors[0].shape != inputs.shape or not torch.equal(tensors[0], inputs):
        return None
    return tensors[1].shape == targets.shape and torch.equal(tensors[1], targets)


def of_one_class(targets: list[Tensor]) -> bool | None:
    """Whether all samples of a batch are of one class; None: no classes, or not at hand."""
    first = targets[0] if targets else None
    if first is None or first.dim() != 1 or len(first) < 2 or first.device.type != "cpu":
        return None
    return None if first.is_floating_point() else bool((first == first[0]).all())


def length_of(sized: Any) -> int | None:
    """Its length, where it has one."""
    try:
        return len(sized)
    except (TypeError, NotImplementedError):
        return None


def number_of(content: Any, name: str) -> int | None:
    """``content.name`` where it is a whole number."""
    value = getattr(content, name, None)
    return value if isinstance(value, int) else None


def order_of_sampler(sampler: Any) -> str | None:
    """ "sequential", "shuffled", or None: another sampler."""
    if type(sampler) is SequentialSampler:
        return "sequential"
    return "shuffled" if isinstance(sampler, RandomSampler | SubsetRandomSampler) else None


def order_of_positions(indices: Any) -> str | None:
    """ "ascending" where each position is one more than the one before, else "mixed"."""
    if not isinstance(indices, list) or len(indices) < 2:
        return None
    if not isinstance(indices[0], int):
        return None
    ascending = indices == list(range(indices[0], indices[0] + len(indices)))
    return "ascending" if ascending else "mixed"
