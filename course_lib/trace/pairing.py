"""How well targets can be told from inputs: by the nearest samples, and by a straight line.

The skill of a predictor is the correlation between what it says of a sample that it has not seen
and that sample's target (of classes: all columns of the one-hot code together). It is near 0, or a
little below, where targets have nothing to do with inputs: its spread is then at most 1 / sqrt(n).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from course_lib.trace.clusters import groups

_NEIGHBOURS = 5
_RIDGE = 0.1
_FEWEST = 24  # samples
_MOST_CLASSES = 50
_USED = 512


class Samples(NamedTuple):
    """``inputs``: shape (N, columns), doubles; ``targets``: shape (N,), classes or numbers."""

    inputs: Tensor
    targets: Tensor


def skills(sets: Sequence[Samples | None]) -> list[dict[str, Any]]:
    """For each set: how well it tells its own targets, and those of every other set."""
    prepared = [None if s is None else _prepared(s) for s in sets]
    found: list[dict[str, Any]] = []
    for samples, own in zip(sets, prepared, strict=True):
        numbers: dict[str, Any] = {"samples": 0 if samples is None else len(samples.targets)}
        if samples is not None:
            numbers["relabelled"] = relabelled(samples)
        if own is not None:
            numbers |= {"used": len(own.inputs), "classes": own.classes, **_within(own)}
            several = sum(map(bool, own.classes or []))
            if several > 1:
                numbers["groups"], numbers["clear"] = groups(own.inputs, several)
            numbers["told_by"] = [
                None if i == len(found) or other is None else _across(other, own)
                for i, other in enumerate(prepared)
            ]
        found.append(numbers)
    return found


def relabelled(samples: Samples) -> float | None:
    """Two passes over the same inputs with the same targets: the share of inputs whose target was
    another one the second time. None where the samples are no such passes.
    """
    _, which = torch.unique(samples.inputs, dim=0, return_inverse=True)
    different = int(which.max()) + 1
    if different < _FEWEST or len(which) < 2 * different:
        return None
    passes = which[:different], which[different : 2 * different]
    targets = samples.targets[:different], samples.targets[different : 2 * different]
    if any(len(one.unique()) < different for one in passes):
        return None
    if not torch.equal(targets[0].sort().values, targets[1].sort().values):
        return None
    first, second = (t[p.argsort()] for p, t in zip(passes, targets, strict=True))
    return float((first != second).double().mean())


class _Prepared(NamedTuple):
    inputs: Tensor
    targets: Tensor  # one-hot, or one column
    classes: list[int] | None  # how many samples of each, None for numbers


def _prepared(samples: Samples) -> _Prepared | None:
    inputs, targets = samples.inputs[:_USED], samples.targets[:_USED]
    if len(torch.unique(inputs, dim=0)) < max(_FEWEST, 0.9 * len(inputs)):
        return None
    if targets.is_floating_point() and len(targets.unique()) > 2:
        return _Prepared(inputs, targets.double()[:, None], None)
    targets = targets.long()
    if int(targets.min()) < 0 or not 0 < int(targets.max()) < _MOST_CLASSES:
        return None
    counts = torch.bincount(targets, minlength=_MOST_CLASSES)
    return _Prepared(inputs, torch.eye(_MOST_CLASSES).double()[targets], counts.tolist())


def _within(own: _Prepared) -> dict[str, float]:
    distances = torch.cdist(own.inputs, own.inputs).fill_diagonal_(float("inf"))
    near = distances.topk(_NEIGHBOURS, largest=False)
    design = _design(own.inputs, own.inputs)
    inner = design.T @ design + _RIDGE * len(design) * torch.eye(design.shape[1]).double()
    hat = design @ torch.linalg.solve(inner, design.T)
    left_out = (own.targets - hat @ own.targets) / (1 - hat.diagonal())[:, None]
    return {
        "by_neighbours": _skill(own.targets[near.indices].mean(1), own.targets),
        "by_line": _skill(own.targets - left_out, own.targets),
        "distance": float(near.values[:, 0].median()),
    }


def _across(known: _Prepared, asked: _Prepared) -> dict[str, float] | None:
    same_kind = (known.classes is None) == (asked.classes is None)
    if known.inputs.shape[1] != asked.inputs.shape[1] or not same_kind:
        return None
    near = torch.cdist(asked.inputs, known.inputs).topk(_NEIGHBOURS, largest=False)
    design = _design(known.inputs, known.inputs)
    inner = design.T @ design + _RIDGE * len(design) * torch.eye(design.shape[1]).double()
    line = torch.linalg.solve(inner, design.T @ known.targets)
    return {
        "by_neighbours": _skill(known.targets[near.indices].mean(1), asked.targets),
        "by_line": _skill(_design(known.inputs, asked.inputs) @ line, asked.targets),
        "distance": float(near.values[:, 0].median()),
    }


def _design(known: Tensor, inputs: Tensor) -> Tensor:
    scaled = (inputs - known.mean(0)) / known.std(0).clamp_min(1e-9)
    return torch.cat([scaled, torch.ones(len(inputs), 1).double()], dim=1)


def _skill(told: Tensor, targets: Tensor) -> float:
    told, targets = told - told.mean(0), targets - targets.mean(0)
    sizes = told.norm() * targets.norm()
    return float((told * targets).sum() / sizes) if sizes > 0 else 0.0
