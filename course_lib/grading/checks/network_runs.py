"""Small real networks: training them rightly and in the usual wrong ways.

Choices, the right value first:

- ``zeroing``: each batch; never, after_backward, each_epoch
- ``steps``: each batch; each epoch, never, twice
- ``train_mode``: each epoch; once (before the first), never
- ``eval_mode``: yes; no
- ``val_updates``: no; cleared (gradients zeroed before), stale
- ``outputs``: as they are; softmax (before a loss that takes logits)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.grading.checks.agreement import State
from course_lib.grading.checks.explaining import Choices
from course_lib.grading.checks.plain_sgd import PlainSGD
from course_lib.grading.drivers import networks
from course_lib.grading.exercise import Scenario

Batch = tuple[Tensor, Tensor]

TRAINING = {
    "zeroing": ("each", "never", "after_backward", "each_epoch"),
    "steps": ("each", "epoch", "never", "twice"),
    "train_mode": ("each", "once", "never"),
    "eval_mode": (True, False),
    "val_updates": ("no", "cleared", "stale"),
    "outputs": ("logits", "softmax"),
}
RIGHT: Choices = {aspect: values[0] for aspect, values in TRAINING.items()}


def batches(data: dict[str, Any]) -> list[Batch]:
    """The batches in order."""
    inputs, targets = networks.tensor(data["inputs"]), networks.tensor(data["targets"])
    size = data["batch_size"]
    return list(zip(inputs.split(size), targets.split(size), strict=True))


def sizes(data: dict[str, Any]) -> list[int]:
    """The number of samples of each batch."""
    samples, size = len(data["targets"]), data["batch_size"]
    return [min(size, samples - start) for start in range(0, samples, size)]


@dataclass
class Epochs:
    """What a run of the oracle left behind, epoch by epoch; batch by batch within."""

    trained: list[State] = field(default_factory=list)  # before validation
    states: list[State] = field(default_factory=list)  # after it
    train_losses: list[list[float]] = field(default_factory=list)
    val_losses: list[list[float]] = field(default_factory=list)
    val_right: list[list[int]] = field(default_factory=list)


_trained: dict[tuple[Any, ...], tuple[Scenario, Epochs]] = {}
_KEPT = 20


def train(scenario: Scenario, choices: Choices, epochs: int) -> Epochs:
    """Train the scenario's network for so many epochs, with validation where it has data for it.

    Several checks ask for the same run: the last ones are kept, and their scenarios with them, so
    that no other one can have the same ``id``.
    """
    known = (id(scenario), epochs, *sorted(choices.items()))
    if known not in _trained:
        _trained[known] = scenario, _train(scenario, choices, epochs)
        if len(_trained) > _KEPT:
            _trained.pop(next(iter(_trained)))
    return _trained[known][1]


def _train(scenario: Scenario, choices: Choices, epochs: int) -> Epochs:
    model = networks.build_model(scenario["model"])
    loss_fn = networks.build_loss(scenario["train"])
    optimizer = PlainSGD(model.parameters(), **scenario["optimizer"])
    train_batches = batches(scenario["train"])
    val_batches = batches(scenario["validation"]) if "validation" in scenario else []
    done = Epochs()
    for epoch in range(epochs):
        if choices["train_mode"] == "each" or (choices["train_mode"] == "once" and epoch == 0):
            model.train()
        if choices["zeroing"] == "each_epoch":
            optimizer.zero_grad()
        losses = [_step(model, batch, loss_fn, optimizer, choices) for batch in train_batches]
        if choices["steps"] == "epoch":
            optimizer.step()
            optimizer.zero_grad()
        done.train_losses.append(losses)
        done.trained.append(networks.state_of(model))
        if choices["eval_mode"]:
            model.eval()
        _validate(model, val_batches, loss_fn, optimizer, choices, done)
        done.states.append(networks.state_of(model))
    return done


def measured(scenario: Scenario) -> Epochs:
    """The losses of one epoch, and what was right, of a network that no update moves.

    As ``train`` with a rate of 0 and without layers that have modes, but no backward passes.
    """
    model, loss_fn = networks.build_model(scenario["model"]), networks.build_loss(scenario["train"])
    done = Epochs()
    with torch.no_grad():
        found = [loss_fn(model(inputs), targets) for inputs, targets in batches(scenario["train"])]
        done.train_losses.append([float(loss) for loss in found])
        losses, right = [], []
        for inputs, targets in batches(scenario["validation"]):
            outputs = model(inputs)
            losses.append(float(loss_fn(outputs, targets)))
            right.append(int((outputs.argmax(1) == targets).sum()))
    done.val_losses.append(losses)
    done.val_right.append(right)
    return done


def _step(
    model: nn.Module,
    batch: Batch,
    loss_fn: Callable[..., Tensor],
    optimizer: PlainSGD,
    choices: Choices,
) -> float:
    whole_epoch = choices["steps"] == "epoch"
    if choices["zeroing"] == "each" and not whole_epoch:
        optimizer.zero_grad()
    outputs = model(batch[0])
    loss = loss_fn(outputs.softmax(1) if choices["outputs"] == "softmax" else outputs, batch[1])
    loss.backward()
    if choices["zeroing"] == "after_backward":
        optimizer.zero_grad()
    for _ in range({"each": 1, "twice": 2}.get(choices["steps"], 0)):
        optimizer.step()
    return float(loss.detach())


def _validate(
    model: nn.Module,
    val_batches: list[Batch],
    loss_fn: Callable[..., Tensor],
    optimizer: PlainSGD,
    choices: Choices,
    done: Epochs,
) -> None:
    losses, right = [], []
    for inputs, targets in val_batches:
        updates = choices["val_updates"] != "no"
        with torch.set_grad_enabled(updates):
            outputs = model(inputs)
            scores = outputs.softmax(1) if choices["outputs"] == "softmax" else outputs
            loss = loss_fn(scores, targets)
        if updates:
            if choices["val_updates"] == "cleared":
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        losses.append(float(loss.detach()))
        right.append(int((outputs.argmax(1) == targets).sum()))
    done.val_losses.append(losses)
    done.val_right.append(right)
