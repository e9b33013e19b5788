"""The run that would settle a diagnosis, and what its outcome says."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from course_lib.diagnosis import Diagnosis
from course_lib.diagnosis.curves import Curves, read_curves
from course_lib.diagnosis.experiment import LOWER_BY, rises, shows
from course_lib.diagnosis.features import level, lowest
from course_lib.widgets.lab.settings import HIDDEN, RATES, Settings, rate
from course_lib.widgets.live_training import words
from course_lib.widgets.live_training.progress import Frame

ONE_BATCH = 32
LEARNT_BY_HEART = 0.1  # of what guessing costs
MORE_UNITS = 8
FAR = 10  # times lower
WORTH_A_RUN = 0.05  # of probability


@dataclass(frozen=True)
class Experiment:
    """A run to make: ``change`` says in words what differs, ``promise`` what should come out."""

    label: str
    settings: Settings
    change: str
    promise: str


def next_experiment(
    found: Diagnosis, made: Settings, frame: Frame, denied: Collection[str] = ()
) -> Experiment | None:
    """The experiment for the most probable label that is not ``denied``; None if there is none."""
    shares = found.probabilities
    for label in sorted(shares, key=lambda name: -shares[name]):
        if label in denied or (denied and shares[label] < WORTH_A_RUN):
            continue
        return _experiment(label, made, frame)
    return None


def _experiment(label: str, made: Settings, frame: Frame) -> Experiment | None:
    match label:
        case "lr_too_high" | "diverged":
            return _other_rate(label, made, 0.1)
        case "lr_too_low":
            return _other_rate(label, made, 10.0)
        case "underfitting":
            hidden = min(MORE_UNITS * made.hidden, HIDDEN[-1])
            change = f"{hidden} hidden units" + (", no dropout" if made.dropout else "")
            bigger = made.changed(hidden=hidden, dropout=0.0)
            promise = "both losses should end clearly lower"
            return Experiment(label, bigger, change, promise) if bigger != made else None
        case "overfitting" if frame.best_epoch:
            best = frame.best_epoch
            return Experiment(
                label, made.changed(epochs=best, seed=made.seed + 1),
                f"fresh weights, stopped after epoch {best}",
                f"the validation loss should end below {_level(frame.val_loss)}",
            )  # fmt: skip
        case "not_learning":
            batch = made.changed(num_train=ONE_BATCH, epochs=40)
            change = f"one batch only, {ONE_BATCH} images for {batch.epochs} epochs"
            promise = "a loop without a bug brings the training loss to almost zero"
            return Experiment(label, batch, change, promise) if batch != made else None
        case _:
            again = made.changed(seed=made.seed + 1)
            promise = "the curves should come out alike"
            return Experiment("healthy", again, "fresh weights and another order", promise)


def _level(losses: Sequence[float]) -> str:
    return words.loss(level(losses))  # as a diagnosis takes the end: the mean of the last epochs


def _other_rate(label: str, made: Settings, factor: float) -> Experiment | None:
    wished = made.learning_rate * factor
    new = min(RATES, key=lambda value: abs(math.log(value / wished)))
    if new == made.learning_rate:
        return None
    name = "a tenth" if factor < 1 else "ten times as much"
    promise = "the training loss should end clearly lower"
    if label == "diverged":
        promise = "the loss should stay finite and end far lower"
    change = f"learning rate {rate(new)}, {name}"
    return Experiment(label, made.changed(learning_rate=new), change, promise)


def came_true(label: str, before: Frame, after: Frame) -> bool:
    """Whether the second run is what the label of the first one promised."""
    own, other = curves_of(before), curves_of(after)
    if not other.epochs or not math.isfinite(level(other.train)):
        return False
    match label:
        case "diverged":
            return not level(other.train) >= level(own.train) / FAR
        case "overfitting":
            return level(other.val) < level(own.val)
        case "not_learning":
            return lowest(other.train) < LEARNT_BY_HEART
        case "healthy":
            near = (abs(level(a) - level(b)) <= LOWER_BY for a, b in _pairs(own, other))
            return all(near) and rises(own) == rises(other)
    return shows(label, own, other)


def _pairs(own: Curves, other: Curves) -> tuple[tuple[list[float], list[float]], ...]:
    return (own.train, other.train), (own.val, other.val)


def curves_of(frame: Frame) -> Curves:
    """The frame's losses as shares of what guessing among ten classes costs."""
    train = [*frame.train_loss, *([math.nan] if frame.broke is not None else [])]
    return read_curves({"train_loss": train, "val_loss": frame.val_loss}, num_classes=10)
