"""A history as curves on one scale: losses as shares of what a constant prediction would cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TASKS = ("classification", "regression")


@dataclass(frozen=True)
class Curves:
    """What :func:`read_curves` found. Losses are divided by ``baseline``; NaN stays NaN.

    Attributes:
        baseline: the loss of the best constant prediction; 1.0 if there is nothing to tell it from.
        baseline_from: "given", "num_classes", "guess" or "nothing".
        chance: share of right answers by guessing; None where unknown or for regression.
    """

    train: list[float]
    val: list[float]
    accuracy: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    grad_norm: list[float] = field(default_factory=list)
    task: str = "classification"
    num_classes: int | None = None
    baseline: float = 1.0
    baseline_from: str = "given"

    @property
    def epochs(self) -> int:
        """Number of epochs with a training or a validation loss."""
        return max(len(self.train), len(self.val))

    @property
    def chance(self) -> float | None:
        """The accuracy of guessing: one over the number of classes."""
        return 1 / self.num_classes if self.num_classes else None


def read_curves(
    history: Mapping[str, Sequence[Any]], *, task: str = "classification",
    num_classes: int | None = None, baseline_loss: float | None = None,
) -> Curves:  # fmt: skip
    """Take the lists out of a history, whatever is missing or not a number in it.

    Raises:
        TypeError: if ``history`` is no mapping.
        ValueError: for an unknown task, a baseline that is not a positive number, or a number of
            classes that is no whole number.
    """
    if not isinstance(history, Mapping):
        raise TypeError(
            f"diagnose reads a History or a dict of lists, not {type(history).__name__}"
        )
    if task not in TASKS:
        raise ValueError(f"task is one of {', '.join(TASKS)}, not {task!r}")
    given = None if baseline_loss is None else _number(baseline_loss)
    if baseline_loss is not None and not (given and 0 < given < math.inf):
        raise ValueError(f"baseline_loss is a positive number, not {baseline_loss!r}")
    told = 0.0 if num_classes is None else _number(num_classes)
    if told is None or not told.is_integer():
        raise ValueError(f"num_classes is a whole number, not {num_classes!r}")
    lists = {key: _numbers(history.get(key)) for key in KEYS}
    train, val = lists["train_loss"], lists["val_loss"]
    classes = int(told) if told > 1 and task == "classification" else None
    baseline, source = _baseline(train, val, task, classes, given)
    if task == "classification" and classes is None and source in ("given", "guess"):
        classes = max(2, round(math.exp(min(baseline, 20.0))))
    return Curves(
        [v / baseline for v in train], [v / baseline for v in val],
        _as_shares(lists["val_accuracy"]) if task == "classification" else [], lists["lr"],
        lists["grad_norm"], task, classes, baseline, source,
    )  # fmt: skip


KEYS = ("train_loss", "val_loss", "val_accuracy", "lr", "grad_norm")


def _numbers(values: Any) -> list[float]:
    if values is None or isinstance(values, (str, bytes)):
        return []
    try:
        entries = list(values)
    except TypeError:
        entries = [values]  # one number instead of a list
    return [v for v in map(_number, entries) if v is not None]


def _number(value: Any) -> float | None:
    """A number, also out of a tensor or an array of one; None (not measured) for anything else."""
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except OverflowError:  # a whole number beyond the floats
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError, RuntimeError):
        return None


def _as_shares(accuracies: list[float]) -> list[float]:
    """Accuracies from 0 to 1, whether they came so or in percent."""
    percent = any(1.5 < v <= 100 for v in accuracies)
    return [v / 100 for v in accuracies] if percent else accuracies


def _baseline(
    train: list[float], val: list[float], task: str, classes: int | None, given: float | None
) -> tuple[float, str]:
    if given is not None:
        return given, "given"
    if classes is not None:
        return math.log(classes), "num_classes"
    starts = [v for v in (*train[:1], *val[:1]) if math.isfinite(v) and v > 0]
    if not starts:
        return 1.0, "nothing"
    if task == "classification":  # an untrained model is about as good as guessing
        return math.log(max(2, round(math.exp(min(max(starts), 7.0))))), "guess"
    return max(starts), "guess"
