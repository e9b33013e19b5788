"""Scripts of losses for early stopping, each of a shape in which one mistake shows.

A script is drawn from ranks (0: the lowest validation loss; None: NaN). Unless it says otherwise,
training loss and accuracy go the same way as the validation loss, so that whoever watches the
wrong one is found by the script that is made for it and by no other.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from course_lib.grading.drivers.scripted import VAL_SAMPLES
from course_lib.grading.exercise import Scenario

Ranks = Sequence[int | None]
_NAN_IN_SCRIPT = -1.0  # what the scripted loss function turns into NaN
_BEYOND = 3  # epochs that a script goes on after max_epochs, for answers that run on


def scripted_runs(rng: random.Random) -> dict[str, Scenario]:
    """All scripted runs, by the name of what they are for."""
    falling, patience = rng.choice([2, 3]), rng.choice([2, 3])
    last = falling + patience + 3
    best_then_worse = [*range(falling - 1, -1, -1), *range(falling, last)]
    return {
        "patience": _below_training_once(_run(rng, best_then_worse, patience, last)),
        "in_a_row": _run(rng, [8, 9, 10, 5, 6, 7, 2, 3, 4, 0, 1], 3, 11),
        "falling_again": _run(rng, [10, 0, 9, 8, 7, 6, 5, 4, 3], 3, 9),
        "ties": _run(rng, [2, 1, 0, 0, 0, 0, 0, 0], 2, 8),
        "nan": _run(rng, [3, 0, None, None, 1, 2, 4, 5], 2, 8),
        "nan_first": _run(rng, [None, 4, 0, None, 2, 3, 5, 6], 2, 8),
        "decoys": _decoys(rng),
        "to_the_end": _below_training_once(_run(rng, [4, 0, 1, 2, 3], 5, 5)),
        "tiny": _tiny(rng),
        "patience_1": _patience_1(rng),
    }


def _run(
    rng: random.Random,
    ranks: Ranks,
    patience: int,
    max_epochs: int,
    train: Ranks | None = None,
    right: Sequence[int] | None = None,
) -> Scenario:
    ranks = [*ranks, *([11] * _BEYOND)]
    train = ranks if train is None else [*train, *([0] * _BEYOND)]
    aligned = [0 if rank is None else VAL_SAMPLES - rank for rank in ranks]
    right = aligned if right is None else [*right, *([1] * _BEYOND)]
    trained = [loss + 1 / 128 for loss in _losses(rng)]  # so none equals a validation loss
    val = _losses(rng)
    return {
        "max_epochs": max_epochs,
        "patience": patience,
        "script": {
            "train_loss": [trained[12 if rank is None else rank] for rank in train],
            "val_loss": [_NAN_IN_SCRIPT if rank is None else val[rank] for rank in ranks],
            "val_right": list(right),
        },
        # Eighths: what is added to them stays exact in float32.
        "weight": _eighths(rng, 3),
        "validated": np.zeros(2, dtype="float32"),  # where a penalty on weights has no gradient
        "seen": _eighths(rng, 2),
    }


def _decoys(rng: random.Random) -> Scenario:
    """Training loss and accuracy fall all the time; the sum of both losses falls, too."""
    right = [9, 8, 7, 6, 5, 4, 3, 2, 1]
    scenario = _run(rng, [5, 3, 1, 0, 2, 4, 6, 7, 8], 2, 9, right=right)
    steepest = 1 + 1 / 128  # two ranks are at most 40/64 apart
    falling = [14 - epoch * steepest for epoch in range(9)]
    scenario["script"]["train_loss"] = [*falling, *falling[-1:] * _BEYOND]
    return scenario


def _below_training_once(scenario: Scenario) -> Scenario:
    """With a validation loss below the training loss in the best epoch only.

    So whoever keeps such epochs keeps another one than the last, here and in "to_the_end".
    """
    losses = scenario["script"]["val_loss"]
    scenario["script"]["train_loss"] = [
        loss + (1 if loss == min(losses) else -1) / 256 for loss in losses
    ]
    return scenario


def _patience_1(rng: random.Random) -> Scenario:
    """Patience 1; in the second epoch the training loss rises by less than the other falls."""
    scenario = _run(rng, [2, 1, 0, 3, 4, 5], 1, 6)
    trained = scenario["script"]["train_loss"]
    trained[1] = trained[0] + 1 / 128
    return scenario


def _tiny(rng: random.Random) -> Scenario:
    """Every epoch a little lower than the one before, all together by less than 1e-4; to whoever
    rounds to four decimals they are all the same."""
    scenario = _run(rng, [6, 5, 4, 3, 2, 1, 0], 2, 7)
    losses: list[float] = []
    while not losses or round(losses[0], 4) != round(losses[6], 4):
        first = rng.randint(2**15, 3 * 2**15) / 2**16
        losses = [first - epoch / 2**16 for epoch in range(7 + _BEYOND)]
    scenario["script"]["val_loss"] = losses
    scenario["script"]["train_loss"] = [loss + 1 / 4 for loss in losses]
    return scenario


def val_losses(scenario: Scenario) -> list[float]:
    """The validation losses as the answer meets them, NaN included."""
    return [math.nan if loss < 0 else loss for loss in scenario["script"]["val_loss"]]


def has_nan(scenario: Scenario) -> bool:
    """Whether a validation loss of the script is NaN."""
    return any(math.isnan(loss) for loss in val_losses(scenario))


def _losses(rng: random.Random) -> list[float]:
    """13 losses by rank, each higher than the one before by 1/64 to 20/64."""
    total, losses = 16, []
    for _ in range(13):
        total += rng.randint(1, 20)
        losses.append(total / 64)
    return losses


def _eighths(rng: random.Random, count: int) -> np.ndarray[Any, Any]:
    return np.array([rng.randint(-40, 40) / 8 for _ in range(count)], dtype="float32")
