"""A mean over samples, and the other numbers that answers return in its place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course_lib.grading.checks.agreement import close

_FLOAT32 = 1e-5  # how far a right number may be from ours, as a share of it


def candidates(losses: Sequence[float], sizes: Sequence[int]) -> dict[str, float]:
    """The right mean (first) and the usual wrong ones, by the code of the mistake.

    Args:
        losses: the mean loss of each batch.
        sizes: the number of samples of each batch.
    """
    total = float(np.dot(losses, sizes))
    return {
        "right": total / sum(sizes),
        "mean_of_batch_means": float(np.mean(losses)),
        "sum_not_mean": total,
        "sum_of_batch_means": float(np.sum(losses)),
        "samples_over_batches": total / len(losses),
        "batches_over_samples": float(np.sum(losses)) / sum(sizes),
        "last_batch_only": float(losses[-1]),
        "first_batch_only": float(losses[0]),
    }


def name_of(value: float | None, named: dict[str, float]) -> str | None:
    """The first name whose number this is; None if it is none of them."""
    if value is None:
        return None
    return next((name for name, number in named.items() if close(value, number)), None)


def is_rounded(value: float | None, right: float) -> bool:
    """Whether a number is the right one, rounded to two digits after the point or fewer."""
    exact = value is None or abs(value - right) <= _FLOAT32 * abs(right)
    return not exact and value != 0 and value in [round(right, digits) for digits in range(3)]
