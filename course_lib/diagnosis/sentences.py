"""Every sentence that a diagnosis says to its reader."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from course_lib.diagnosis.curves import Curves
from course_lib.diagnosis.features import level, lowest, tail_length

ADVICE = {
    "healthy": "Nothing in these curves asks for a change: go on, or train longer if the "
    "validation loss still falls.",
    "overfitting": "Keep the weights of the epoch with the lowest validation loss (early "
    "stopping). To get below it: more data, augmentation, dropout, weight decay or a smaller "
    "model.",
    "underfitting": "The model is held back: less dropout or weight decay, or a bigger model. "
    "The learning rate is not what is missing.",
    "lr_too_high": "Lower the learning rate, first to a tenth; or let a schedule bring it down.",
    "lr_too_low": "Raise the learning rate, first tenfold. More epochs would help too, but cost "
    "more.",
    "not_learning": "Look for a bug before tuning anything: is backward called and then step? "
    "does the optimizer hold this model's parameters? do inputs and labels belong together?",
    "diverged": "Lower the learning rate (a tenth or less), clip the gradient, and look for a "
    "log, a division or a square root that meets zero in the loss or the data.",
}
NEXT_EXPERIMENT = {
    "healthy": "Same run with another seed: the curves should come out alike.",
    "overfitting": "Same run stopped at the epoch with the lowest validation loss: its loss on "
    "the test data should be lower.",
    "underfitting": "Same run with a bigger model without dropout and weight decay: both losses "
    "should end clearly lower.",
    "lr_too_high": "Same run at a tenth of the learning rate: the training loss should end "
    "clearly lower.",
    "lr_too_low": "Same run at ten times the learning rate: the training loss should end clearly "
    "lower.",
    "not_learning": "Train on one batch only (overfit_one_batch): a loop without a bug brings "
    "that loss to almost zero.",
    "diverged": "Same run at a tenth of the learning rate: the losses should stay finite.",
}

NO_EPOCH = (
    "The history holds no finished epoch, no number under train_loss or val_loss: there is nothing "
    "to read, the label is a guess."
)
NO_EPOCH_ADVICE = "Finish at least three epochs, then ask again."
NO_EPOCH_EXPERIMENT = "The same run for at least three epochs."

BASELINE = {
    "given": "Losses are compared with {value:.4g}, what the best constant prediction costs.",
    "num_classes": "Losses are compared with log({classes}) = {value:.4g}, what guessing costs.",
    "guess": "No baseline was given: losses are compared with {value:.4g}, guessed from the first "
    "epoch. Give baseline_loss for a better answer.",
    "nothing": "No baseline was given and none can be guessed.",
}


def evidence(label: str, curves: Curves, sure: bool) -> tuple[str, ...]:
    """The numbers that a label rests on, in words: first those that speak most for it."""
    if not curves.epochs:
        return (NO_EPOCH,)
    told = [*_of_label(label, curves), *_of_losses(curves)]
    if curves.lr and label.startswith("lr_"):
        told.append(f"The learning rate is {_range(curves.lr)}.")
    told.append(
        BASELINE[curves.baseline_from].format(value=curves.baseline, classes=curves.num_classes)
    )
    if curves.epochs < 3 and not sure:
        told.append(f"Only {_epochs(curves.epochs)}: too few for a shape, so the label is a guess.")
    elif not sure:
        told.append("The curves alone do not settle it: the next experiment would.")
    return tuple(dict.fromkeys(told))


def _of_losses(curves: Curves) -> list[str]:
    told = []
    for name, values in (("training", curves.train), ("validation", curves.val)):
        if not values:
            told.append(f"There is no {name} loss.")
            continue
        first, last = values[0] * curves.baseline, values[-1] * curves.baseline
        sentence = f"The {name} loss went from {_n(first)} to {_n(last)}"
        if math.isfinite(values[-1]) and curves.baseline_from != "nothing":
            sentence += f", {values[-1]:.0%} of the baseline"
        told.append(sentence + f" in {_epochs(len(values))}.")
    return told


def _of_label(label: str, curves: Curves) -> list[str]:
    return {
        "healthy": _gap,
        "overfitting": _rise,
        "underfitting": _gap,
        "lr_too_high": _unrest,
        "lr_too_low": _pace,
        "not_learning": _stillness,
        "diverged": _explosion,
    }[label](curves)


def _gap(curves: Curves) -> list[str]:
    if not (curves.train and curves.val):
        return []
    t, v = level(curves.train) * curves.baseline, level(curves.val) * curves.baseline
    return [
        f"At the end (mean of {_epochs(tail_length(curves.epochs))}) the training loss is "
        f"{_n(t)}, the validation loss {_n(v)}: a gap of {_n(v - t)}."
    ]


def _rise(curves: Curves) -> list[str]:
    known = [v for v in curves.val if math.isfinite(v)]
    if not known:
        return []
    low, epoch = lowest(curves.val), curves.val.index(min(known)) + 1
    end = level(curves.val)
    return [
        f"The validation loss was lowest around epoch {epoch} ({_n(low * curves.baseline)}) and "
        f"ends at {_n(end * curves.baseline)}, {end / max(low, 1e-12) - 1:.0%} higher.",
        *_gap(curves),
    ]


def _unrest(curves: Curves) -> list[str]:
    train = curves.train
    ups = sum(b > a for a, b in itertools.pairwise(train))
    told = []
    if train:
        told.append(
            f"The training loss rose in {ups} of {len(train) - 1} steps from epoch to epoch, and "
            f"its lowest value is {_n(min(train) * curves.baseline)}."
        )
    if train and train[0] > 1.2:
        told.append(
            f"Already the first epoch cost {train[0]:.1f} times the baseline: the first updates "
            "were too large."
        )
    return told


def _pace(curves: Curves) -> list[str]:
    train = curves.train
    if len(train) < 2:
        return []
    quarter = max(1, len(train) // 4)
    late = (train[-1 - quarter] - train[-1]) * curves.baseline
    return [
        f"The training loss still moved by {_n(-late)} over the last {_epochs(quarter)}, and by "
        f"{_n((train[-1] - train[0]) * curves.baseline)} over all."
    ]


def _stillness(curves: Curves) -> list[str]:
    told = []
    if curves.grad_norm and not any(curves.grad_norm):
        told.append("The gradient norm is 0 in every epoch: nothing reaches the optimizer.")
    if len(curves.val) > 2 and max(curves.val) - min(curves.val) <= 2e-6 * abs(curves.val[0]):
        told.append(
            f"The validation loss is {_n(curves.val[0] * curves.baseline)} in every epoch, to six "
            "digits: the weights do not change."
        )
    if curves.train:
        told.append(
            f"The lowest training loss is {min(curves.train):.0%} of what a constant prediction "
            "costs."
        )
    return told


def _explosion(curves: Curves) -> list[str]:
    for name, values in (("training", curves.train), ("validation", curves.val)):
        for epoch, value in enumerate(values, 1):
            if not math.isfinite(value):
                return [f"The {name} loss is {_n(value)} from epoch {epoch} on."]
    return [
        f"The losses end at {max(level(curves.train), level(curves.val)):.3g} times the baseline."
    ]


def _range(values: Sequence[float]) -> str:
    known = [v for v in values if math.isfinite(v)]
    if not known:
        return "unknown"
    low, high = min(known), max(known)
    return f"{high:.3g}" if high - low <= 1e-6 * high else f"between {low:.3g} and {high:.3g}"


def _epochs(count: int) -> str:
    return "1 epoch" if count == 1 else f"{count} epochs"


def _n(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "infinite"
    return f"{value:.4g}".replace("-", "−", 1) if value < 0 else f"{value:.4g}"


def experiment(change: Mapping[str, Any], own: Curves, other: Curves) -> str:
    """What a run with a change (see ``make_run``) showed."""
    parts = []
    if change.get("more_capacity"):
        parts.append("with more capacity and less regularisation")
    if "lr_factor" in change:
        parts.append(f"at {change['lr_factor']:.3g} times the learning rate")
    told = (
        f"{' and '.join(parts)} the training loss ended at {_n(level(other.train) * own.baseline)} "
        f"instead of {_n(level(own.train) * own.baseline)}"
    )
    if change.get("more_capacity") and own.val and other.val:
        told += (
            f", the validation loss at {_n(level(other.val) * own.baseline)} instead of "
            f"{_n(level(own.val) * own.baseline)}"
        )
    return told[0].upper() + told[1:] + "."
