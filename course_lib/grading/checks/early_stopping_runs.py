"""The real networks that early stopping is tried on, beside the scripted runs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from course_lib.grading.checks.agreement import State, buffer_names, parameter_names, same_state
from course_lib.grading.checks.explaining import Choices, explain
from course_lib.grading.checks.network_draws import (
    LONG,
    Layers,
    draw_classes,
    draw_network,
    with_gradients,
)
from course_lib.grading.checks.network_runs import RIGHT, TRAINING, sizes, train
from course_lib.grading.drivers.networks import MOST_EPOCHS
from course_lib.grading.exercise import Outcome, Scenario

EPOCHS = 2
_PLAIN: Layers = [["linear", 3, 5], ["tanh"], ["linear", 5, 3]]
_WITH_MODES: Layers = [["linear", 3, 5], ["batch_norm", 5], ["tanh"], ["linear", 5, 3]]


def network_run(rng: random.Random, *, modes: bool = False) -> Scenario:
    """A run in which training helps: the last epoch is the best one, rightly and clearly.

    Args:
        rng: draws everything.
        modes: with batch norm, so that the mode matters.
    """
    while True:
        scenario = _draw(rng, _WITH_MODES if modes else _PLAIN, lr=0.15)
        scenario["optimizer"]["momentum"] = 0.5  # so that its state matters
        done = train(scenario, RIGHT, EPOCHS)
        validation = [_mean(losses, scenario["validation"]) for losses in done.val_losses]
        training = [_mean(losses, scenario["train"]) for losses in done.train_losses]
        if validation[1] < validation[0] - 0.02 and training[1] < training[0] - 0.02:
            return with_gradients(scenario, LONG)


def still_run(rng: random.Random) -> Scenario:
    """A run with a learning rate of 0: its losses depend on no update, right or wrong."""
    return _draw(rng, _PLAIN, lr=0.0)


def _draw(rng: random.Random, layers: Layers, lr: float) -> Scenario:
    # Three batches and two, the last ones smaller; validation data like the training data.
    draw = np.random.default_rng(rng.getrandbits(64))
    data = draw_classes(draw, 11, 4, 3, 3)
    order = draw.permutation(11)
    near = data["inputs"][order] + draw.normal(size=(11, 3)).astype("float32") * 0.3
    return {
        "max_epochs": EPOCHS,
        "patience": EPOCHS + 3,
        "model": draw_network(draw, layers),
        "train": data,
        "validation": {"inputs": near, "targets": data["targets"][order], "batch_size": 8},
        "optimizer": {"lr": lr},
    }


def _mean(losses: Sequence[float], data: dict[str, Any]) -> float:
    return float(np.average(losses, weights=sizes(data)))


def training_mistakes(
    runs: Sequence[tuple[Scenario, Outcome]], *, kept_rightly: bool, limit: Any
) -> Choices | None:
    """The wrong choices of training and validation that explain what the networks became.

    Args:
        runs: scenarios and what they led to.
        kept_rightly: the best epoch's state comes back. If not, another check says so, and here
            the state after the last step of training is taken.
        limit: 0 if the loop runs to max_epochs. If not, another check says so, and here the number
            of epochs is the one that was seen; "none": it may be large.
    """
    most = MOST_EPOCHS if limit == "none" else EPOCHS + 2

    def predicts(choices: Choices) -> bool:
        for scenario, outcome in runs:
            epochs = EPOCHS if limit == 0 else min(max(int(outcome["epochs"]), 1), most)
            done = train(scenario, choices, epochs)
            if not kept_rightly:
                found, wanted = outcome["after_last_step"], [done.trained[-1]]
            else:
                means = [_mean(losses, scenario["validation"]) for losses in done.val_losses]
                found = outcome["state"]
                wanted = [done.states[-1], done.states[_lowest(means)]]
            if not _one_of(found, wanted):
                return False
        return True

    # A long run costs too much to look for mistakes in it.
    return explain(TRAINING, predicts, most_mistakes=0 if limit == "none" else 2)


def _lowest(means: Sequence[float]) -> int:
    return min(range(len(means)), key=means.__getitem__)


def _one_of(state: Any, states: Sequence[State]) -> bool:
    return all(
        any(same_state(state, other, names) for other in states)
        for names in (parameter_names(states[0]), buffer_names(states[0]))
    )
