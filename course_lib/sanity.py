"""The first check of every project: can the model learn one batch by heart?"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.checked_loss import CheckedLoss, LossFunction
from course_lib.device import get_device, to_device
from course_lib.preparation import EMPTY_LOADER, make_optimizer


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
        steps: weight updates.
        learning_rate: of Adam.
        target: passed when the last loss is at most this share of the first.
        device: default: CUDA, then MPS, then the CPU.

    Dropout and batch norm are in evaluation mode: they would hinder or blur learning by heart.
    """
    device = get_device() if device is None else torch.device(device)
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
    if isinstance(batch, (tuple, list)) and len(batch) == 2 and isinstance(batch[0], Tensor):
        return batch[0], batch[1]
    for inputs, targets in batch:
        return inputs, targets
    raise ValueError(EMPTY_LOADER.format(name="loader"))


def _judge(losses: list[float], target: float) -> OverfitResult:
    first, last = losses[0], losses[-1]
    passed = last <= target * first  # false for NaN
    if passed:
        advice = "Model, loss and data fit together: go on to a real run."
    elif last != last:
        advice = "The loss became NaN: check the scale of the inputs, then lower the learning rate."
    elif last > 0.9 * first:
        advice = (
            "The loss hardly moved: check that the outputs reach the loss with their gradient, "
            "that the targets belong to the inputs, and that the parameters are not frozen."
        )
    else:
        advice = "The loss falls but not far enough: try more steps or another learning rate first."
    return OverfitResult(losses, target, passed, advice)
