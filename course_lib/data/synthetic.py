"""Small data sets that are computed instead of stored: points to separate, a line to fit."""

import math

import torch
from torch.utils.data import TensorDataset


def spirals(
    num_samples: int,
    *,
    num_classes: int = 2,
    turns: float = 1.0,
    noise: float = 0.05,
    seed: int = 0,
) -> TensorDataset:
    """Points on interleaved spiral arms, one arm a class: no straight line separates them.

    Every arm starts near the origin and ends at radius 1 after ``turns`` revolutions; the arms are
    the same curve, rotated. ``noise`` is the standard deviation of the Gaussian shift that each
    coordinate gets. Labels go round (0, 1, …, 0, 1, …), so class counts differ by at most one.

    Returns a ``TensorDataset`` of float32 points (N×2) and int64 labels (N). The same arguments
    give the same points; the global random state is left alone. Raises ValueError for
    ``num_samples`` below ``num_classes``, ``num_classes`` below 1 or negative ``noise``.
    """
    if num_classes < 1:
        raise ValueError(f"num_classes must be at least 1, not {num_classes}.")
    if num_samples < num_classes:
        raise ValueError(
            f"num_samples must be at least num_classes ({num_classes}), not {num_samples}."
        )
    _check_noise(noise)
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(num_samples) % num_classes
    # The square root spreads the points evenly along the arm, which gets longer with its radius.
    radius = torch.rand(num_samples, generator=generator).sqrt()
    angle = 2 * math.pi * (turns * radius + labels / num_classes)
    points = radius[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)
    points += noise * torch.randn(num_samples, 2, generator=generator)
    return TensorDataset(points, labels)


def noisy_line(
    num_samples: int,
    *,
    slope: float = 2.0,
    intercept: float = -1.0,
    noise: float = 0.1,
    seed: int = 0,
) -> TensorDataset:
    """Points around the line y = ``slope`` · x + ``intercept``, with x uniform in [-1, 1).

    ``noise`` is the standard deviation of the Gaussian error added to y. Returns a
    ``TensorDataset`` of float32 x and y, each N×1, as a linear layer takes and gives them. The
    same arguments give the same points; the global random state is left alone. Raises ValueError
    for ``num_samples`` below 1 or negative ``noise``.
    """
    if num_samples < 1:
        raise ValueError(f"num_samples must be at least 1, not {num_samples}.")
    _check_noise(noise)
    generator = torch.Generator().manual_seed(seed)
    x = 2 * torch.rand(num_samples, 1, generator=generator) - 1
    y = slope * x + intercept + noise * torch.randn(num_samples, 1, generator=generator)
    return TensorDataset(x, y)


def _check_noise(noise: float) -> None:
    if not noise >= 0:
        raise ValueError(f"noise is a standard deviation and must be 0 or more, not {noise}.")
