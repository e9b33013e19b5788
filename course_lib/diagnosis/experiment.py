"""``diagnose_by_experiment``: make the runs that the labels are about, and compare."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from course_lib.diagnosis import sentences
from course_lib.diagnosis.clear_cases import BLOWN_UP
from course_lib.diagnosis.curves import Curves, read_curves
from course_lib.diagnosis.features import level, lowest
from course_lib.diagnosis.reading import diagnose
from course_lib.diagnosis.verdict import LABELS, Diagnosis

MakeRun = Callable[..., Mapping[str, Sequence[Any]]]

# "Clearly": in units of the baseline loss. tools/diagnosis/labels.py labels by the same limits.
LOWER_BY = 0.04
RISES_BY, RISES_TIMES = 0.03, 1.1
SMALLER_TRAIN, SMALLER_VAL = 0.045, 0.05
STILL = 0.95  # above this share of the baseline nothing has been learnt

CHANGES: dict[str, tuple[dict[str, Any], ...]] = {
    "lr_too_high": ({"lr_factor": 0.1},),
    "lr_too_low": ({"lr_factor": 10.0},),
    "underfitting": (  # another model may need another rate
        {"more_capacity": True},
        {"more_capacity": True, "lr_factor": 10**-0.5},
        {"more_capacity": True, "lr_factor": 10**0.5},
    ),
}


def diagnose_by_experiment(
    make_run: MakeRun, history: Mapping[str, Sequence[Any]], *, task: str = "classification",
    num_classes: int | None = None, baseline_loss: float | None = None, max_runs: int = 5,
) -> Diagnosis:  # fmt: skip
    """Diagnose a run by making the runs that would have to come out otherwise.

    Args:
        make_run: ``make_run(lr_factor=0.1)`` trains the same run again, from fresh weights and
            for as many epochs, with its learning rate times the factor, and returns the history;
            ``make_run(more_capacity=True)`` with a bigger model and without dropout and weight
            decay. A function that takes no ``more_capacity`` is only asked for learning rates.
        history: of the run in question.
        task, num_classes, baseline_loss: as for :func:`diagnose`.
        max_runs: make at most so many runs, the most telling first; 5 settle every label, and two
            or three are usual.

    Returns:
        A :class:`Diagnosis` whose ``experiments`` tell each run made and what it showed. It is
        ``sure`` where the runs settle the label: right in 98 % of 498 runs that the judge was not
        fitted to (``tools/diagnosis/measure_experiment.py``), after 2.3 runs in the mean.

    Raises what ``make_run`` raises; ValueError for ``max_runs`` below 1, and for a ``make_run``
    that takes no ``lr_factor`` or returns no training loss.
    """
    if max_runs < 1:
        raise ValueError(f"max_runs is at least 1, not {max_runs}")
    read = {"task": task, "num_classes": num_classes, "baseline_loss": baseline_loss}
    guess = diagnose(history, **read)  # type: ignore[arg-type]
    own = read_curves(history, **read)  # type: ignore[arg-type]
    if not own.train:
        return guess  # the labels are about the training loss
    order = _order(make_run, guess.probabilities)
    read |= {"num_classes": own.num_classes, "baseline_loss": own.baseline}
    if guess.label == "diverged":
        retry = _retry_diverged(make_run, own, read)
        blew_up = guess.sure or level(own.train) > BLOWN_UP or level(own.val) > BLOWN_UP
        if blew_up:
            return _settled(guess, "diverged", own, [retry])
        return dataclasses.replace(guess, experiments=(retry,))
    told: list[str] = []
    denied: set[str] = set()
    for label in order:
        for change in CHANGES[label]:
            if len(told) == max_runs:
                return _concluded(guess, own, told, denied)
            other = _made(make_run, change, read)
            told.append(sentences.experiment(change, own, other))
            if shows(label, own, other):
                return _settled(guess, label, own, told)
        denied.add(label)
        if {"lr_too_high", "lr_too_low"} <= denied and rises(own) and not still(own):
            return _settled(guess, "overfitting", own, told)
    return _concluded(guess, own, told, denied)


def shows(label: str, own: Curves, other: Curves) -> bool:
    """Whether the other run, made with ``CHANGES[label]``, is what the label promises."""
    lower = level(own.train) - level(other.train)
    if not math.isfinite(lower):
        return False
    if label != "lr_too_low" and lowest(other.train) > STILL:
        return False  # less noise, but nothing learnt in that run either
    if label == "underfitting":
        return lower > SMALLER_TRAIN and level(own.val) - level(other.val) > SMALLER_VAL
    return lower > LOWER_BY


def rises(own: Curves) -> bool:
    """Whether an earlier epoch validates clearly better than the end."""
    end, low = level(own.val), lowest(own.val)
    return end - low > RISES_BY and end > RISES_TIMES * low


def still(own: Curves) -> bool:
    """Whether no epoch trained better than a constant prediction."""
    return not own.train or lowest(own.train) > STILL


def _order(make_run: MakeRun, shares: Mapping[str, float]) -> list[str]:
    """The experiments that can be made: rates before models, the more probable label first."""
    parameters = inspect.signature(make_run).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    possible = [
        label for label, changes in CHANGES.items()
        if takes_all or all(set(change) <= set(parameters) for change in changes)
    ]  # fmt: skip
    if not possible:
        raise ValueError("make_run has to take lr_factor, as in make_run(lr_factor=0.1)")
    weight = dict(shares)
    weight["lr_too_high"] += shares["overfitting"]  # the run that overfitting has to survive
    return sorted(possible, key=lambda k: (k == "underfitting", -weight[k]))


def _retry_diverged(make_run: MakeRun, own: Curves, read: Mapping[str, Any]) -> str:
    change = {"lr_factor": 0.1}
    return sentences.experiment(change, own, _made(make_run, change, read))


def _made(make_run: MakeRun, change: Mapping[str, Any], read: Mapping[str, Any]) -> Curves:
    other = read_curves(make_run(**change), **read)
    if not other.train:
        raise ValueError("make_run returned a history without a training loss")
    return other


def _concluded(guess: Diagnosis, own: Curves, told: list[str], denied: set[str]) -> Diagnosis:
    """The label that is left when no experiment showed what it was made for."""
    open_labels = set(CHANGES) - denied
    if still(own):
        label = "not_learning"
    elif rises(own) and {"lr_too_high", "lr_too_low"} <= denied:
        label = "overfitting"
    elif not open_labels:
        label = "healthy"
    else:
        left = {k: v for k, v in guess.probabilities.items() if k not in denied}
        label = max(left, key=lambda k: left[k])
        if label in open_labels or label == "overfitting":
            return dataclasses.replace(
                _settled(guess, label, own, told), sure=False,
                confidence=left[label] / max(sum(left.values()), 1e-9),
            )  # fmt: skip
    settled = _settled(guess, label, own, told)
    unsettled = {"lr_too_high", "lr_too_low"} - denied or (
        "underfitting" in open_labels and label == "healthy"
    )
    return (
        dataclasses.replace(settled, sure=not unsettled, confidence=0.7) if unsettled else settled
    )


def _settled(guess: Diagnosis, label: str, own: Curves, told: list[str]) -> Diagnosis:
    confidence = 0.95
    rest = (1 - confidence) / (len(LABELS) - 1)
    return Diagnosis(
        label, confidence, True, sentences.evidence(label, own, True), sentences.ADVICE[label],
        sentences.NEXT_EXPERIMENT[label],
        {k: confidence if k == label else rest for k in LABELS}, tuple(told),
    )  # fmt: skip
