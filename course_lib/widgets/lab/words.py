"""Every sentence that the curve lab says to its reader."""

from __future__ import annotations

import math
from collections.abc import Sequence

from course_lib.diagnosis import Diagnosis
from course_lib.diagnosis.features import level
from course_lib.widgets.lab.experiment import curves_of
from course_lib.widgets.lab.model import Look, Run
from course_lib.widgets.live_training import words
from course_lib.widgets.live_training.judging import FROM_EPOCH
from course_lib.widgets.live_training.progress import Frame, State

TITLE = "Curve lab"
CAPTION = (
    "Two real runs: the first with the settings that the lab opens with, the second the experiment "
    "that its diagnosis asks for. Run this cell to choose settings, press Train and watch the "
    "curves grow."
)
ALT = (
    "Curve lab: training and validation loss of a real run epoch by epoch, earlier runs as faint "
    "lines, and the diagnosis of the curves in words."
)
NO_RUN = "Press Train: the curves of a real run grow here"
FIRST = "Before the first run: which shape will the two curves have with these settings?"
NO_EXPERIMENT = "The next experiment stands here when a run is over."
NOTHING_TO_TRY = "No experiment to offer: these settings are at the end of what the lab can do."
TOO_FEW = f"A diagnosis comes with epoch {FROM_EPOCH}: fewer epochs say little about a shape."
COLUMNS = ("run", "settings", "train", "val", "gap", "looks like")
NO_BUG = "The lab's loop has no bug, so the learning rate is left: it is far from one that works."
DOUBTS = {
    "healthy": "So part of what run {number} shows is the luck of its seed.",
    "overfitting": "So stopping early does not help run {number}.",
    "underfitting": "So its size is not what holds run {number} back.",
    "lr_too_high": "So the rate is not what holds run {number} back, or a tenth is still too high.",
    "lr_too_low": "So a low rate is not what holds run {number} back.",
    "not_learning": "So look for the bug.",
    "diverged": "Either a tenth is still too high, or the rate is not the cause.",
}


def state_line(look: Look) -> str:
    """Where the latest run is, in one line."""
    if look.run is None or look.frame is None:
        return "no run yet"
    if look.frame.broke is not None:
        epoch, batch = look.frame.broke
        where = f"epoch {epoch}" + (f", batch {batch}" if batch else "")
        return f"run {look.run.number} \u00b7 ended: no finite loss in {where}"
    return f"run {look.run.number} \u00b7 {words.state_line(look.frame)}"


def next_line(look: Look) -> str:
    """What Train would train."""
    return f"next: {look.settings.in_words()}"


def title(frame: Frame | None) -> str:
    """The picture's message."""
    if frame is None:
        return NO_RUN
    if frame.broke is not None:
        return f"In epoch {frame.broke[0]} the loss stopped being a number"
    if frame.epochs_done and not math.isfinite(frame.val_loss[-1]):
        return "The validation loss is no number any more"
    return words.title(frame)


def paragraphs(look: Look) -> list[tuple[str, str]]:
    """What is to be said under the curves: (name, sentences) pairs, most important first."""
    frame, found = look.frame, look.found
    if frame is None:
        return [("Predict", FIRST)]
    if frame.state is State.FAILED and frame.broke is None:
        return [("Error", frame.note)]
    told = [("Experiment", outcome(look))] if look.came_true is not None else []
    if found is None:
        return [*told, ("So far", words.say(frame)), ("Diagnosis", TOO_FEW)]
    told.append(("Diagnosis", words.verdict(found, over=frame.state.over)))
    told.append(("Evidence", frame.note if frame.broke is not None else evidence(found)))
    if frame.state.over:
        told.append(("Advice", found.advice))
    return told


def evidence(found: Diagnosis) -> str:
    """The two sentences that speak most for the label."""
    return " ".join(found.evidence[:2]).replace("%", " %")


def experiment(look: Look) -> str:
    """The sentence beside the button."""
    if look.next is None:
        return NO_EXPERIMENT if look.found is None or look.training else NOTHING_TO_TRY
    whose = ""
    if look.asks is not None and look.asks is not look.run:
        whose = f" for run {look.asks.number}, in case of {words.LABELS[look.next.label]}"
    return f"Next experiment{whose}: {look.next.change}; {look.next.promise}."


def outcome(look: Look) -> str:
    """Whether the experiment that this run was came out as promised, with the numbers."""
    assert look.run is not None and look.run.tests is not None and look.run.tested is not None
    test, before = look.run.tests, look.run.tested
    head = f"{test.change[0].upper()}{test.change[1:]}; {test.promise}."
    now = _numbers(test.label, before.frame, look.frame or before.frame)
    if look.came_true:
        return f"{head} It came true: {now} (means of the last epochs)."
    bug_free = test.label == "not_learning" and not before.settings.fault
    reason = NO_BUG if bug_free else DOUBTS[test.label].format(number=before.number)
    return f"{head} It did not come true: {now} (means of the last epochs). {reason}"


def _numbers(label: str, before: Frame, after: Frame) -> str:
    own, other = curves_of(before), curves_of(after)
    pairs = {"training": (own.train, other.train), "validation": (own.val, other.val)}
    wanted = {
        "overfitting": ["validation"], "underfitting": list(pairs), "healthy": list(pairs)
    }.get(label, ["training"])  # fmt: skip
    joined = "and" if label == "healthy" else "instead of"
    said = [
        f"{name} loss {_end(pairs[name][1], other.baseline)} {joined} "
        f"{_end(pairs[name][0], own.baseline)}"
        for name in wanted
    ]
    return ", ".join(said)


def _end(values: Sequence[float], baseline: float) -> str:
    return words.loss(level(values) * baseline) if values else "none"


def row(run: Run, found: Diagnosis | None) -> tuple[str, ...]:
    """A run as a line of the table; see :data:`COLUMNS`."""
    frame = run.frame
    train = frame.train_loss[-1] if frame.epochs_done else None
    if frame.broke is not None:
        train = math.nan
    val = frame.val_loss[-1] if frame.epochs_done else None
    looks = "" if found is None else short(found)
    losses = (words.loss(train), words.loss(val), words.loss(frame.gap, sign=True))
    return (str(run.number), run.settings.in_words(), *losses, looks)


def short(found: Diagnosis) -> str:
    """A label in few words, with a question mark where it is not sure."""
    label = words.LABELS[found.label].removeprefix("a ").replace("that is ", "")
    return label.replace("learning rate", "rate") + ("" if found.sure else "?")
