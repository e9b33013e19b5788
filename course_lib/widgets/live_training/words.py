"""Every sentence that the live dashboard says to its reader, made from a frame's numbers.

``say`` says what the numbers are; ``verdict`` what a diagnosis takes them for, and how sure it is.
"""

from __future__ import annotations

import math

from course_lib.diagnosis import Diagnosis
from course_lib.non_finite import NonFiniteLossError
from course_lib.widgets import svg
from course_lib.widgets.live_training.progress import Frame, State

DECIMALS = 3  # of every loss

STATE = {
    State.WAITING: "starting",
    State.RUNNING: "running",
    State.PAUSING: "pausing",
    State.PAUSED: "paused",
    State.STOPPING: "stopping",
    State.STOPPED: "stopped",
    State.DONE: "done",
    State.FAILED: "failed",
}

LABELS = {  # of a diagnosis, as they stand after "like"
    "healthy": "a healthy run",
    "overfitting": "overfitting",
    "underfitting": "underfitting",
    "lr_too_high": "a learning rate that is too high",
    "lr_too_low": "a learning rate that is too low",
    "not_learning": "no learning at all",
    "diverged": "a run that blew up",
}

NO_NUMBER = "no finite loss from here on"
ANOTHER_RUN = "Stopped because another live run was started; only one trains at a time."
BUDGET = "Ended early: nobody watches here, so the run had {seconds:g} seconds."
CAPTION = (
    "A picture of the finished run. Run this cell to train live: Pause holds the run between "
    "two batches, Continue goes on with the next one, Stop ends it."
)


def loss(value: float | None, *, sign: bool = False) -> str:
    """A loss, or a difference of two, as the dashboard writes it everywhere."""
    if value is not None and 1e4 <= abs(value) < math.inf:
        return svg.scientific(value, 2)  # diverging: the power of ten is the news
    return svg.number(value, DECIMALS, sign=sign)


def score(value: float | None, name: str) -> str:
    """An accuracy as a percentage with one decimal; another metric as a loss is written."""
    if name != "accuracy" or value is None or not math.isfinite(value):
        return loss(value)
    return f"{svg.number(100 * value, 1)} %"


def state_line(frame: Frame) -> str:
    """Where the run is, in one line: epoch, batch, state."""
    where = f"epoch {frame.epoch} of {frame.num_epochs}"
    if frame.num_batches:
        where += f" \u00b7 batch {frame.batch:,} of {frame.num_batches:,}"
    live = frame.state is State.RUNNING and frame.validating
    return f"{where} \u00b7 {'validating' if live else STATE[frame.state]}"


def title(frame: Frame) -> str:
    """The picture's message."""
    best, done = frame.best_epoch, frame.epochs_done
    if not done and not frame.trace:
        return "No epoch is finished yet"
    if not done:
        first, latest = frame.trace[0][1], frame.trace[-1][1]
        return f"First epoch: from a loss of {loss(first)} to {loss(latest)}"
    if best is None:
        return "No finite validation loss so far"
    if best == done:
        how = "ends at its lowest" if frame.state.over else "is at its lowest so far"
        return f"Validation loss {how}: {loss(frame.val_loss[-1])}"
    return f"Validation loss was lowest in epoch {best}: {loss(frame.val_loss[best - 1])}"


def say(frame: Frame) -> str:
    """One or two sentences that say, with the current numbers, what is to be seen."""
    if frame.state is State.FAILED:
        return frame.note
    parts = [frame.note or _by_state(frame), _by_numbers(frame)]
    return " ".join(part for part in parts if part)


def verdict(found: Diagnosis, *, over: bool = True) -> str:
    """The label in words with its uncertainty, in one sentence."""
    start = "The curves look" if over else "So far the curves look"
    label = LABELS[found.label]
    if found.sure:
        return f"{start} like {label} ({percent(found.confidence)} sure)."
    return f"{start} most like {label} ({percent(found.confidence)}), {_runner_up(found)}."


def percent(share: float) -> str:
    """A share of one in whole per cent."""
    return f"{100 * share:.0f} %"


def _runner_up(found: Diagnosis) -> str:
    others = {k: v for k, v in found.probabilities.items() if k != found.label}
    second = max(others, key=lambda k: others[k], default=None)
    if second is None or others[second] < 0.1:
        return "which is not settled"
    return f"which is not settled: {LABELS[second]} is at {percent(others[second])}"


def _by_state(frame: Frame) -> str:
    if frame.batch:
        place = f"after batch {frame.batch:,} of epoch {frame.epoch}"
    else:
        place = "before the first batch"
    match frame.state:
        case State.PAUSING | State.STOPPING:
            return "The batch under way is finished first."
        case State.PAUSED:
            return f"Paused {place}; Continue goes on with the next one."
        case State.STOPPED:
            return f"Stopped {place}."
        case State.DONE if frame.epochs_done < frame.num_epochs:
            return f"The run ended early, after epoch {frame.epochs_done} of {frame.num_epochs}."
    return ""


def _by_numbers(frame: Frame) -> str:
    if not frame.epochs_done:
        if frame.batch_loss is None:
            return (
                ""
                if frame.state in (State.PAUSED, State.STOPPED)
                else "The first batch is on its way."
            )
        return "Each batch has a loss of its own; validation comes when the epoch ends."
    epoch, gap = frame.epochs_done, frame.gap
    if gap is None or not math.isfinite(gap):
        return f"After epoch {epoch} the validation loss is {loss(frame.val_loss[-1])}."
    side = "above" if gap >= 0 else "below"
    sentence = f"After epoch {epoch} validation loss is {loss(abs(gap))} {side} training loss"
    if epoch == 1:
        return sentence + "."
    moves = f"train {_move(frame.train_loss)}, validation {_move(frame.val_loss)}"
    return f"{sentence}; since the epoch before: {moves}."


def _move(curve: tuple[float, ...]) -> str:
    return loss(curve[-1] - curve[-2], sign=True)


def as_text(frame: Frame) -> str:
    """The whole dashboard in plain text: for a screen reader, a terminal, a log."""
    rows = [state_line(frame), title(frame)]
    for epoch, losses in enumerate(zip(frame.train_loss, frame.val_loss, strict=True), 1):
        train, val = (loss(x) for x in losses)
        name = frame.score_name
        value = frame.score[epoch - 1] if epoch <= len(frame.score) else None
        tail = "" if value is None else f"  {name} {score(value, name)}"
        rows.append(f"epoch {epoch:>3}  train {train}  validation {val}{tail}")
    return "\n".join([*rows, say(frame)])


def no_number(error: NonFiniteLossError) -> str:
    """Where a run lost its finite loss, and why."""
    where = f"epoch {error.epoch}" + (f", batch {error.batch}" if error.batch else "")
    return f"No finite training loss any more in {where}. Likely cause: {error.cause}"


def failure(error: BaseException) -> str:
    """What stopped the run, in one sentence: the error's own first line."""
    lines = str(error).strip().splitlines() or ["no message; the traceback says where."]
    return f"{type(error).__name__}: {lines[0]}"
