"""Which epochs count as improvements: rightly, and in the usual wrong ways."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

COMPARES = (
    "strict",
    "equal_counts",
    "equal_ignored",
    "nan_counts",
    "equal_and_nan_count",
    "first_always",
    "nan_ignored",
    "by_a_margin",
    "nan_is_lowest",
    "nan_ends",
    "from_one",
    "from_before",
    "below_training",
    "not_above_training",
    "with_last",
    "any_number",
    "never_lower",
    "higher",
)


class _Epoch(NamedTuple):
    """What an epoch is judged by; ``best`` is the lowest so far, as the answer has it."""

    value: float
    best: float
    previous: float
    training: float
    is_first: bool


_IS_BETTER: dict[str, Callable[[_Epoch], bool | None]] = {
    "strict": lambda epoch: epoch.value < epoch.best,
    "equal_counts": lambda epoch: epoch.value <= epoch.best,
    "equal_ignored": lambda epoch: (
        True if epoch.value < epoch.best else (False if epoch.value > epoch.best else None)
    ),
    "nan_counts": lambda epoch: not epoch.value >= epoch.best,
    "equal_and_nan_count": lambda epoch: not epoch.value > epoch.best,
    "first_always": lambda epoch: epoch.is_first or epoch.value < epoch.best,
    "nan_ignored": lambda epoch: None if math.isnan(epoch.value) else epoch.value < epoch.best,
    "by_a_margin": lambda epoch: epoch.value < epoch.best - 1e-3,
    # As numpy's argmin has it: the first NaN, for ever.
    "nan_is_lowest": lambda epoch: (
        not math.isnan(epoch.best) and (math.isnan(epoch.value) or epoch.value < epoch.best)
    ),
    "below_training": lambda epoch: epoch.value < epoch.training,
    "not_above_training": lambda epoch: not epoch.value > epoch.training,
    "with_last": lambda epoch: epoch.value < epoch.previous,
    "any_number": lambda epoch: epoch.value < math.inf,
    "never_lower": lambda epoch: False,
    "higher": lambda epoch: epoch.value > epoch.best,
}
_FIRST_BEST = {"higher": -math.inf, "from_one": 1.0}


def improvements(
    values: Sequence[float], compares: str, training: Sequence[float]
) -> list[bool | None]:
    """For each epoch: an improvement? None: neither an improvement nor counted as none.

    Args:
        values: what is watched, epoch by epoch.
        compares: one of COMPARES.
        training: the training losses, epoch by epoch; the last one stays.
    """
    best, previous = _FIRST_BEST.get(compares, math.inf), math.inf
    if compares == "from_before":  # measured before the first epoch, the script is at its start
        best = values[0]
    is_better = _IS_BETTER.get(compares, _IS_BETTER["strict"])
    told = []
    for i, value in enumerate(values):
        trained = training[min(i, len(training) - 1)]
        better = is_better(_Epoch(value, best, previous, trained, i == 0))
        if better:
            best = value
        previous = value
        told.append(better)
    return told
