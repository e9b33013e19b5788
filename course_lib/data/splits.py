"""Dividing one data set into disjoint parts, reproducibly and with the classes in proportion."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset, Subset, TensorDataset


def split_dataset(
    dataset: Dataset[Any],
    fractions: Sequence[float],
    *,
    seed: int = 0,
    stratify: bool = True,
) -> tuple[Subset[Any], ...]:
    """Divide ``dataset`` into disjoint parts that together hold every sample.

    ``fractions`` add up to 1 (``[0.7, 0.15, 0.15]``), or are whole numbers of samples that add up
    to the data set's length. With ``stratify`` each part gets every class in proportion (its share
    rounded down or up); that needs a ``TensorDataset``, or a ``Subset`` of one, whose last tensor
    holds integer labels. The same ``seed`` gives the same parts; the global random state is left
    alone.

    Raises ValueError where the sum is wrong, a part would be empty or labels are missing.
    """
    size = _length(dataset)
    totals = split_counts(size, fractions)
    generator = torch.Generator().manual_seed(seed)
    groups = _groups(dataset, generator, stratify)
    parts: list[list[int]] = [[] for _ in totals]
    quota = _allocate([len(group) for group in groups], totals)
    for group, counts in zip(groups, quota, strict=True):
        for part, chunk in zip(parts, group.split(counts), strict=True):
            part.extend(chunk.tolist())
    return tuple(Subset(dataset, _shuffled(part, generator)) for part in parts)


def k_fold(
    dataset: Dataset[Any], k: int, *, seed: int = 0, stratify: bool = True
) -> Iterator[tuple[Subset[Any], Subset[Any]]]:
    """``k`` pairs (train, validation): every sample is in validation exactly once.

    Fold sizes differ by at most one sample, and with ``stratify`` so does each class's count from
    fold to fold. Labels, ``seed`` and errors as in :func:`split_dataset`; ValueError also where
    ``k`` is below 2 or above the number of samples.
    """
    size = _length(dataset)
    if not 2 <= k <= size:
        raise ValueError(f"k must be from 2 to the number of samples ({size}), not {k}.")
    generator = torch.Generator().manual_seed(seed)
    # Dealt like cards, class after class: counts are as even as they can be.
    dealt = torch.cat(_groups(dataset, generator, stratify)).tolist()
    folds = [_shuffled(dealt[start::k], generator) for start in range(k)]
    return ((_all_but(dataset, folds, held), Subset(dataset, folds[held])) for held in range(k))


def split_counts(num_samples: int, fractions: Sequence[float]) -> list[int]:
    """Whole numbers of samples in proportion to ``fractions`` (largest remainder method).

    1,000 samples at ``[0.7, 0.15, 0.15]`` are 700, 150 and 150. Raises ValueError as
    :func:`split_dataset` does.
    """
    if not fractions:
        raise ValueError("fractions is empty: give one number for each part.")
    if all(isinstance(fraction, int) for fraction in fractions):
        counts = [int(fraction) for fraction in fractions]
        if sum(counts) != num_samples:
            raise ValueError(
                f"The counts add up to {sum(counts)}, but the data set has {num_samples} samples."
            )
    else:
        total = math.fsum(fractions)
        if not math.isclose(total, 1.0, abs_tol=1e-6):
            raise ValueError(f"The fractions must add up to 1; these add up to {total:g}.")
        counts = _largest_remainder(num_samples, [fraction / total for fraction in fractions])
    for number, count in enumerate(counts, start=1):
        if count < 1:
            raise ValueError(
                f"Part {number} of {len(counts)} would get {count} of {num_samples} samples: "
                "every part needs at least one."
            )
    return counts


def _largest_remainder(num_samples: int, fractions: Sequence[float]) -> list[int]:
    exact = [num_samples * fraction for fraction in fractions]
    counts = [math.floor(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: counts[i] - exact[i])
    for i in by_remainder[: num_samples - sum(counts)]:
        counts[i] += 1
    return counts


def _allocate(group_sizes: Sequence[int], totals: Sequence[int]) -> list[list[int]]:
    """How many of each group go to each part, so that both groups and parts come out exactly.

    Every share is rounded down or up. Giving a group's spare samples to the parts that still lack
    most never gets stuck (Ryser 1957, Gale 1957: matrices of zeros and ones with given sums).
    """
    size = sum(totals)
    table = [[group * total // size for total in totals] for group in group_sizes]
    lacking = [
        total - sum(column) for total, column in zip(totals, zip(*table, strict=True), strict=True)
    ]
    for group, row in zip(group_sizes, table, strict=True):
        remainders = [group * total % size for total in totals]
        neediest = sorted(range(len(totals)), key=lambda p: (-lacking[p], -remainders[p]))
        for p in neediest[: group - sum(row)]:
            row[p] += 1
            lacking[p] -= 1
    return table


def _groups(dataset: Dataset[Any], generator: torch.Generator, stratify: bool) -> list[Tensor]:
    """The positions of each class in random order; all positions as one group if not stratified."""
    order = torch.randperm(_length(dataset), generator=generator)
    if not stratify:
        return [order]
    labels = _labels(dataset)[order]
    return [order[labels == label] for label in labels.unique()]


def _labels(dataset: Dataset[Any]) -> Tensor:
    if isinstance(dataset, Subset):
        return _labels(dataset.dataset)[torch.as_tensor(dataset.indices, dtype=torch.int64)]
    if isinstance(dataset, TensorDataset):
        labels = dataset.tensors[-1]
        if labels.ndim == 1 and not labels.is_floating_point() and not labels.is_complex():
            return labels.cpu()
    raise ValueError(
        "Stratified splitting needs a TensorDataset whose last tensor holds integer labels; "
        "for other data, give stratify=False."
    )


def _length(dataset: Dataset[Any]) -> int:
    return len(dataset)  # type: ignore[arg-type]  # Dataset promises no __len__, map-style has one


def _shuffled(positions: Sequence[int], generator: torch.Generator) -> list[int]:
    return [positions[i] for i in torch.randperm(len(positions), generator=generator).tolist()]


def _all_but(dataset: Dataset[Any], folds: Sequence[list[int]], held: int) -> Subset[Any]:
    kept = (fold for number, fold in enumerate(folds) if number != held)
    return Subset(dataset, [position for fold in kept for position in fold])
