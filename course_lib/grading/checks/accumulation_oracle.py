"""An epoch with accumulated gradients: done rightly, and in the usual wrong ways.

Choices, the right value first:

- ``scale``: samples (the mean over all samples of the group); K (each batch's mean divided by
  accumulation_steps), batches (… by the number of batches in the group), nominal (weighted by
  samples, divided by K full batches), none (the batches' means added up), sum (… over samples),
  epoch_samples (the share of the whole epoch), epoch_batches (divided by all batches), running
  (divided by the samples so far), twice_K, twice_batches (the right share, divided once more),
  left_over_sum (the group left over is not divided)
- ``left_over``: stepped; dropped, merged (into the group before)
- ``start``: clean; stale (what the gradients held before counts)
- ``zeroing``: after_step; each_batch, never, never_rescaled (what is left is divided again)
- ``steps``: group; each_batch, ordinary (each batch is its own group), twice, shifted (when
  i % K == 0), never, epoch (all batches are one group), one_more, one_less (batches in a group),
  again_at_end (another step with the last gradient), again_if_even (… where nothing is left over)
- ``train_mode``: yes; no
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
from torch import nn

from course_lib.grading.checks.accumulation_means import tells_means_apart
from course_lib.grading.checks.accumulation_shares import Share
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
    "scale": (
        "samples",
        "K",
        "batches",
        "nominal",
        "none",
        "sum",
        "epoch_samples",
        "epoch_batches",
        "running",
        "twice_K",
        "twice_batches",
        "left_over_sum",
    ),
    "left_over": ("stepped", "dropped", "merged"),
    "start": ("clean", "stale"),
    "zeroing": ("after_step", "each_batch", "never", "never_rescaled"),
    "steps": (
        "group",
        "each_batch",
        "ordinary",
        "twice",
        "shifted",
        "never",
        "epoch",
        "one_more",
        "one_less",
        "again_at_end",
        "again_if_even",
    ),
    "train_mode": (True, False),
}
RIGHT: Choices = {aspect: values[0] for aspect, values in CHOICES.items()}

_STEPS_PER_GROUP = {"each_batch": 0, "ordinary": 0, "never": 0, "twice": 2}  # 1 otherwise
_LONGER = {"one_more": 1, "one_less": -1}
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
        "still": _still(rng),
    }


def _still(rng: random.Random) -> Scenario:
    """A rate of 0: the losses depend on no update, right or wrong."""
    while True:
        scenario = _draw(rng, samples=11, batch_size=3, k=2, lr=0.0)
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
    all_batches = batches(scenario["train"])
    k = _group_length(choices["steps"], scenario["accumulation_steps"], len(all_batches))
    size, done = scenario["train"]["batch_size"], 0
    divided = groups(all_batches, k, choices["steps"] == "shifted")
    if choices["left_over"] == "merged":
        divided = _merged(divided)
    for group, complete in divided:
        share = Share(group, done, all_batches, k, size, complete)
        for batch in group:
            if choices["zeroing"] == "each_batch" or ordinary:
                optimizer.zero_grad()
            if choices["zeroing"] == "never_rescaled" and batch is group[0]:
                _divide_gradients(model, sum(len(targets) for _, targets in group))
            loss = loss_fn(model(batch[0]), batch[1])
            weight = 1.0 if ordinary else share.weight(choices["scale"], batch)
            (loss * weight).backward()
            if choices["steps"] == "each_batch" or ordinary:
                optimizer.step()
        done += len(group)
        if complete or choices["left_over"] == "stepped":
            for _ in range(_STEPS_PER_GROUP.get(choices["steps"], 1)):
                optimizer.step()
        if done == len(all_batches) and (
            choices["steps"] == "again_at_end" or (choices["steps"] == "again_if_even" and complete)
        ):
            optimizer.step()
        if not choices["zeroing"].startswith("never"):
            optimizer.zero_grad()
    return networks.state_of(model)


def _group_length(steps: str, k: int, batches_in_all: int) -> int:
    return batches_in_all if steps == "epoch" else max(k + _LONGER.get(steps, 0), 1)


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


def _merged(divided: Iterator[tuple[list[Batch], bool]]) -> Iterator[tuple[list[Batch], bool]]:
    """What is left over at the end belongs to the group before it, where there is one."""
    found = list(divided)
    if len(found) > 1 and not found[-1][1]:
        (left_over, _), (last, _) = found.pop(), found.pop()
        found.append(([*last, *left_over], True))
    return iter([(group, True) for group, _ in found])
