"""Small real networks: drawing them, and training them rightly and in the usual wrong ways.

Choices, the right value first:

- ``zeroing``: each batch; never, after_backward, each_epoch
- ``steps``: each batch; each epoch, never, twice
- ``train_mode``: each epoch; once (before the first), never
- ``eval_mode``: yes; no
- ``val_updates``: no; cleared (gradients zeroed before), stale
- ``outputs``: as they are; softmax (before a loss that takes logits)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.grading.checks.explaining import Choices
from course_lib.grading.drivers import networks
from course_lib.grading.exercise import Scenario

Batch = tuple[Tensor, Tensor]
State = dict[str, np.ndarray[Any, Any]]
Layers = Sequence[Sequence[Any]]

TRAINING = {
    "zeroing": ("each", "never", "after_backward", "each_epoch"),
    "steps": ("each", "epoch", "never", "twice"),
    "train_mode": ("each", "once", "never"),
    "eval_mode": (True, False),
    "val_updates": ("no", "cleared", "stale"),
    "outputs": ("logits", "softmax"),
}
RIGHT: Choices = {aspect: values[0] for aspect, values in TRAINING.items()}
# Far above what the order of float32 additions changes, far below what a mistake does.
TOLERANCE = 1e-3


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


def train(scenario: Scenario, choices: Choices, epochs: int) -> Epochs:
    """Train the scenario's network for so many epochs, with validation where it has data for it."""
    model = networks.build_model(scenario["model"])
    loss_fn = networks.build_loss(scenario["train"])
    optimizer = networks.build_optimizer(model, scenario["optimizer"])
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


def _step(
    model: nn.Module,
    batch: Batch,
    loss_fn: Callable[..., Tensor],
    optimizer: torch.optim.Optimizer,
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
    optimizer: torch.optim.Optimizer,
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


def same_state(one: Any, other: State, names: Sequence[str]) -> bool:
    """Whether the named entries agree, by float32's measure."""
    return all(
        name in one and close(np.asarray(one[name], dtype="float64"), other[name]) for name in names
    )


def close(one: Any, other: Any) -> bool:
    """Whether numbers agree, by float32's measure; NaN agrees with NaN."""
    one, other = np.asarray(one, dtype="float64"), np.asarray(other, dtype="float64")
    return one.shape == other.shape and bool(
        np.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    )


def parameter_names(state: State) -> list[str]:
    """The names of what is learned."""
    return [name for name in state if name.endswith((".weight", ".bias"))]


def buffer_names(state: State) -> list[str]:
    """The names of what batch norm keeps."""
    return [name for name in state if "running" in name]
