"""The first check of every project: can the model learn one batch by heart?"""

import math
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.checked_loss import CheckedLoss, LossFunction
from course_lib.device import available_device, get_device, to_device
from course_lib.preparation import EMPTY_LOADER, make_optimizer, require_full_loaders


@dataclass(frozen=True)
class OverfitResult:
    """What :func:`overfit_one_batch` saw.

    Attributes:
        losses: the loss before each update, and after the last one.
        passed: whether the last loss is at most ``target`` times the first.
        advice: one sentence: go on, or what to look at.
    """

    losses: list[float]
    target: float
    passed: bool
    advice: str

    def __str__(self) -> str:
        verdict = "passed" if self.passed else "failed"
        return f"{verdict}: loss {self.losses[0]:.4f} -> {self.losses[-1]:.4f}. {self.advice}"


def overfit_one_batch(
    model: nn.Module,
    batch: Iterable[Any] | tuple[Any, Any],
    loss_fn: LossFunction | None = None,
    *,
    steps: int = 200,
    learning_rate: float = 0.01,
    target: float = 0.05,
    device: torch.device | str | None = None,
) -> OverfitResult:
    """Train a *copy* of the model on one batch only, with Adam; the model itself stays as it is.

    A model, a loss and data that fit together bring the loss on a single batch down to almost
    nothing. If that fails, no longer run will help: look for the bug first.

    Args:
        batch: a pair ``(inputs, targets)``, or a loader whose first batch is taken.
        loss_fn: default ``CrossEntropyLoss()``.
        steps: weight updates, at least 1.
        learning_rate: of Adam.
        target: passed when the last loss is at most this share of the first.
        device: default: CUDA, then MPS, then the CPU.

    Dropout and batch norm are in evaluation mode: they would hinder or blur learning by heart.
    Raises ValueError or TypeError, in one sentence, for a loader without a batch, a batch that is
    no pair, targets that do not fit the loss, a device that is not there, or ``steps`` below 1.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}; give at least 1.")
    device = get_device() if device is None else available_device(device)
    loss_fn = CheckedLoss(nn.CrossEntropyLoss() if loss_fn is None else loss_fn)
    inputs, targets = to_device(_first_batch(batch), device)
    copy = deepcopy(model).to(device).eval()
    optimizer = make_optimizer(None, copy, learning_rate)
    losses = []
    for _ in range(steps):
        loss = loss_fn(copy(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    with torch.no_grad():
        losses.append(loss_fn(copy(inputs), targets))
    return _judge(torch.stack(losses).tolist(), target)


def _first_batch(batch: Any) -> tuple[Any, Any]:
    """The pair itself, or the first one of a loader."""
    if _is_pair(batch) and not all(map(_is_pair, batch)):  # a list of two batches is a loader
        return batch[0], batch[1]
    if isinstance(batch, (Tensor, dict)):
        raise TypeError(_NO_PAIR.format(kind=type(batch).__name__))
    require_full_loaders(loader=batch)
    for first in batch:
        if not _is_pair(first):
            raise TypeError(_NO_PAIR.format(kind=type(first).__name__))
        return first[0], first[1]
    raise ValueError(EMPTY_LOADER.format(name="loader"))


def _is_pair(batch: Any) -> bool:
    return isinstance(batch, (tuple, list)) and len(batch) == 2


_NO_PAIR = (
    "A batch must be a pair (inputs, targets), and this one is a {kind}: give "
    "overfit_one_batch(model, (inputs, targets)), or a loader that gives such pairs."
)


def _judge(losses: list[float], target: float) -> OverfitResult:
    first, last = losses[0], losses[-1]
    passed = math.isfinite(last) and last <= target * first
    if passed:
        advice = "Model, loss and data fit together: go on to a real run."
    elif not math.isfinite(last):
        advice = (
            f"The loss became {'NaN' if math.isnan(last) else 'infinite'}: check the scale of the "
            "inputs, then lower the learning rate."
        )
    elif last > 0.9 * first:
        advice = (
            "The loss hardly moved: check that the outputs reach the loss with their gradient, "
            "that the targets belong to the inputs, and that the parameters are not frozen."
        )
    else:
        advice = "The loss falls but not far enough: try more steps or another learning rate first."
    return OverfitResult(losses, target, passed, advice)
