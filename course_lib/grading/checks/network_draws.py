"""Small networks and their data, drawn at random, as the drivers build them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from course_lib.grading.checks.agreement import State

Layers = Sequence[Sequence[Any]]
# Whoever clips gradients, at 0.1 or at 5, changes long ones and leaves short ones as they are.
LONG, SHORT = 10.0, 0.01


def draw_network(rng: np.random.Generator, layers: Layers) -> dict[str, Any]:
    """Layers as networks.build_model takes them, with weights drawn at random."""
    state: State = {}
    for index, (name, *widths) in enumerate(layers):
        if name == "linear":
            inputs, outputs = widths
            state[f"{index}.weight"] = rng.uniform(0.3, 1.2, (outputs, inputs)) * rng.choice(
                [-1, 1], (outputs, inputs)
            )
            state[f"{index}.bias"] = rng.uniform(-0.5, 0.5, (outputs,))
        elif name == "batch_norm":
            state[f"{index}.weight"] = rng.uniform(0.6, 1.4, (widths[0],))
            state[f"{index}.bias"] = rng.uniform(-0.4, 0.4, (widths[0],))
            state[f"{index}.running_mean"] = rng.uniform(0.5, 1.5, (widths[0],))
            state[f"{index}.running_var"] = rng.uniform(2.0, 4.0, (widths[0],))
    return {
        "layers": [list(layer) for layer in layers],
        "state": {name: array.astype("float32") for name, array in state.items()},
    }


def draw_classes(
    rng: np.random.Generator, samples: int, batch_size: int, features: int, classes: int
) -> dict[str, Any]:
    """Random inputs and labels; the spread grows from batch to batch, so that batches differ."""
    spread = np.repeat(1.0 + np.arange(-(-samples // batch_size)), batch_size)[:samples]
    inputs = rng.normal(size=(samples, features)) * spread[:, None]
    return {
        "inputs": inputs.astype("float32"),
        "targets": rng.integers(0, classes, samples),
        "batch_size": batch_size,
    }


def with_gradients(scenario: dict[str, Any], times: float) -> dict[str, Any]:
    """The same run, update by update, with gradients so many times as long: a loss so many times
    as large, at a rate so many times smaller."""
    stale = scenario.get("stale_gradients", {})
    return {
        **scenario,
        "train": {**scenario["train"], "loss_times": times},
        "optimizer": {**scenario["optimizer"], "lr": scenario["optimizer"]["lr"] / times},
        "stale_gradients": {n: array * np.float32(times) for n, array in stale.items()},
    }
