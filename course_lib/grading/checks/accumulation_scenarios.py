"""The runs that ``train_one_epoch_accumulated`` is tried on, drawn at random."""

from __future__ import annotations

import random

import numpy as np

from course_lib.grading.checks.accumulation_means import tells_means_apart
from course_lib.grading.checks.network_draws import (
    LONG,
    SHORT,
    Layers,
    draw_classes,
    draw_network,
    with_gradients,
)
from course_lib.grading.exercise import Scenario

_PLAIN: Layers = [["linear", 3, 4], ["tanh"], ["linear", 4, 3]]
_WITH_MODES: Layers = [["linear", 3, 4], ["tanh"], ["halved"], ["linear", 4, 3]]


def draw_runs(rng: random.Random) -> dict[str, Scenario]:
    """All runs, by the name of what they are for; one of them with long gradients."""
    return {
        "full_groups": _draw(rng, samples=12, batch_size=3, k=2, times=LONG),
        "last_group": _draw(rng, samples=15, batch_size=3, k=rng.choice([3, 4])),
        "ragged_batch": _draw(rng, samples=11, batch_size=4, k=3),
        "clean_start": _draw(rng, samples=12, batch_size=3, k=2, stale=True),
        "train_mode": _draw(rng, samples=8, batch_size=2, k=2, modes=True),
        "larger_than_epoch": _draw(rng, samples=9, batch_size=3, k=rng.choice([5, 8])),
        "one": _draw(rng, samples=8, batch_size=4, k=1),
        "still": _still(rng),
    }


def _still(rng: random.Random) -> Scenario:
    """A rate of 0: the losses depend on no update, right or wrong."""
    while True:
        scenario = _draw(rng, samples=11, batch_size=3, k=2, lr=0.0, times=1.0)
        if tells_means_apart(scenario):
            return scenario


def _draw(
    rng: random.Random,
    *,
    samples: int,
    batch_size: int,
    k: int,
    lr: float = 0.4,
    modes: bool = False,
    stale: bool = False,
    times: float = SHORT,
) -> Scenario:
    draw = np.random.default_rng(rng.getrandbits(64))
    model = draw_network(draw, _WITH_MODES if modes else _PLAIN)
    gradients = {
        name: draw.uniform(0.5, 1.5, array.shape).astype("float32")
        for name, array in model["state"].items()
    }
    scenario = {
        "accumulation_steps": k,
        "model": model,
        "train": draw_classes(draw, samples, batch_size, 3, 3),
        "optimizer": {"lr": lr},
        "stale_gradients": gradients if stale else {},
    }
    return with_gradients(scenario, times)
