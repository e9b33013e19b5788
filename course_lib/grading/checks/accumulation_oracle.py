"""An epoch with accumulated gradients: done rightly, and in the usual wrong ways.

Choices, the right value first:

- ``scale``: samples (the mean over all samples of the group); K (each batch's mean divided by
  accumulation_steps), batches (… by the number of batches in the group), nominal (weighted by
  samples, divided by K full batches), none (the batches' means added up)
- ``left_over``: stepped; dropped
- ``start``: clean; stale (what the gradients held before counts)
- ``zeroing``: after_step; each_batch, never, never_rescaled (what is left is divided again)
- ``steps``: group; each_batch, ordinary (each batch is its own group), twice, shifted (when
  i % K == 0), never, epoch (all batches are one group)
- ``train_mode``: yes; no
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
from torch import nn

from course_lib.grading.checks.explaining import Choices
from course_lib.grading.checks.network_runs import (
    Batch,
    Layers,
    State,
    batches,
    draw_classes,
    draw_network,
)
from course_lib.grading.drivers import networks
from course_lib.grading.exercise import Scenario

CHOICES = {
    "scale": ("samples", "K", "batches", "nominal", "none"),
    "left_over": ("stepped", "dropped"),
    "start": ("clean", "stale"),
    "zeroing": ("after_step", "each_batch", "never", "never_rescaled"),
    "steps": ("group", "each_batch", "ordinary", "twice", "shifted", "never", "epoch"),
    "train_mode": (True, False),
}
RIGHT: Choices = {aspect: values[0] for aspect, values in CHOICES.items()}

_STEPS_PER_GROUP = {"group": 1, "shifted": 1, "twice": 2, "epoch": 1}
_PLAIN: Layers = [["linear", 3, 4], ["tanh"], ["linear", 4, 3]]
_WITH_MODES: Layers = [["linear", 3, 4], ["tanh"], ["halved"], ["linear", 4, 3]]


def draw_runs(rng: random.Random) -> dict[str, Scenario]:
    """All runs, by the name of what they are for."""
    return {
        "full_groups": _draw(rng, samples=12, batch_size=3, k=2),
        "last_group": _draw(rng, samples=15, batch_size=3, k=rng.choice([3, 4])),
        "ragged_batch": _draw(rng, samples=11, batch_size=4, k=3),
        "clean_start": _draw(rng, samples=12, batch_size=3, k=2, stale=True),
        "train_mode": _draw(rng, samples=8, batch_size=2, k=2, modes=True),
        "larger_than_epoch": _draw(rng, samples=9, batch_size=3, k=rng.choice([5, 8])),
        "one": _draw(rng, samples=8, batch_size=4, k=1),
        "still": _draw(rng, samples=11, batch_size=3, k=2, lr=0.0),
    }


def _draw(
    rng: random.Random,
    *,
    samples: int,
    batch_size: int,
    k: int,
    lr: float = 0.4,
    modes: bool = False,
    stale: bool = False,
) -> Scenario:
    draw = np.random.default_rng(rng.getrandbits(64))
    model = draw_network(draw, _WITH_MODES if modes else _PLAIN)
    gradients = {
        name: draw.uniform(0.5, 1.5, array.shape).astype("float32")
        for name, array in model["state"].items()
    }
    return {
        "kind": "epoch",
        "accumulation_steps": k,
        "model": model,
        "train": draw_classes(draw, samples, batch_size, 3, 3),
        "optimizer": {"lr": lr},
        "stale_gradients": gradients if stale else {},
    }


def train(scenario: Scenario, choices: Choices) -> State:
    """The parameters after one epoch."""
    model = networks.build_model(scenario["model"])
    model.train(choices["train_mode"])
    loss_fn = networks.build_loss(scenario["train"])
    optimizer = networks.build_optimizer(model, scenario["optimizer"])
    if choices["start"] == "stale":
        for name, parameter in model.named_parameters():
            if name in scenario["stale_gradients"]:
                parameter.grad = networks.tensor(scenario["stale_gradients"][name])
    ordinary = choices["steps"] == "ordinary"
    k, size = scenario["accumulation_steps"], scenario["train"]["batch_size"]
    all_batches = batches(scenario["train"])
    if choices["steps"] == "epoch":
        k = len(all_batches)
    for group, complete in groups(all_batches, k, choices["steps"] == "shifted"):
        for batch in group:
            if choices["zeroing"] == "each_batch" or ordinary:
                optimizer.zero_grad()
            if choices["zeroing"] == "never_rescaled" and batch is group[0]:
                _divide_gradients(model, sum(len(targets) for _, targets in group))
            loss = loss_fn(model(batch[0]), batch[1])
            weight = 1.0 if ordinary else _weight(choices["scale"], batch, group, k, size)
            (loss * weight).backward()
            if choices["steps"] == "each_batch" or ordinary:
                optimizer.step()
        if complete or choices["left_over"] == "stepped":
            for _ in range(_STEPS_PER_GROUP.get(choices["steps"], 0)):
                optimizer.step()
        if not choices["zeroing"].startswith("never"):
            optimizer.zero_grad()
    return networks.state_of(model)


def _divide_gradients(model: nn.Module, samples: int) -> None:
    for parameter in model.parameters():
        if parameter.grad is not None:
            parameter.grad /= samples


def groups(
    all_batches: list[Batch], k: int, shifted: bool = False
) -> Iterator[tuple[list[Batch], bool]]:
    """Groups of k batches, and whether each is complete; shifted: the first has one batch."""
    if shifted:
        yield all_batches[:1], True
        all_batches = all_batches[1:]
    for start in range(0, len(all_batches), k):
        group = all_batches[start : start + k]
        yield group, len(group) == k


def _weight(scale: str, batch: Batch, group: list[Batch], k: int, size: int) -> float:
    samples = len(batch[1])
    weights = {
        "samples": samples / sum(len(targets) for _, targets in group),
        "K": 1 / k,
        "batches": 1 / len(group),
        "nominal": samples / (k * size),
        "none": 1.0,
    }
    return weights[scale]
