"""The curves of a run before those of earlier ones, for the lab and for the clinic."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from course_lib.widgets import svg
from course_lib.widgets.live_training import words as live_words
from course_lib.widgets.live_training.chart import Chart, end_names, ticks
from course_lib.widgets.live_training.picture import CHART_WIDTH, HEIGHT
from course_lib.widgets.live_training.progress import Frame

GUESSING = math.log(10)
TALLEST = 2.5 * GUESSING  # the axis ends here, unless the run itself lies above
FAINTEST, FAINT_STEP = 0.65, 0.12
BESIDE = 84  # pixels right of the plot, for names
BELOW = 46
SHORT = {"train": "train", "validation": "val"}

Named = tuple[str, Frame]


def curves(
    title: str, frame: Frame, earlier: Sequence[Named] = (), *,
    width: float = CHART_WIDTH, height: float = HEIGHT, epochs: int = 0,
) -> svg.Picture:  # fmt: skip
    """``frame`` in full strength, ``earlier`` runs faint, each with a short name.

    A dashed line, named at its end, stands where guessing among ten classes would be.
    """
    epochs = max([epochs, frame.num_epochs, *(old.num_epochs for _, old in earlier)])
    top = ticks(_top(frame, [old for _, old in earlier]))
    axes = Chart(epochs, top, right=width - BESIDE, bottom=height - BELOW, clip=True)
    body = svg.text(0, 16, title, "t lg b") + axes.axes()
    names = []
    if axes.levels[-1] >= GUESSING:
        left, y = axes.place(0, GUESSING)
        body += svg.line(left, y, axes.right, y, "quiet neg")
        names.append((axes.right + 8, y, "guessing", "t sm m"))
    for age, (name, old) in enumerate(reversed(earlier)):
        body += f'<g opacity="{FAINTEST - FAINT_STEP * age:.2f}">'
        for role, curve in _curves(old):
            body += axes.curve(curve, role, faint=True)
            names += _end(axes, curve, f"{name} {SHORT[role]}", "t sm m")
        if old.blew_up is not None:
            words = f"run {name}" if name.isdigit() else name
            body += axes.blew_up(old.blew_up, words, clear_of=GUESSING)
        body += "</g>"
    body += axes.trace(frame.trace)
    for role, curve in _curves(frame):
        body += axes.curve(curve, role)
        names += _end(axes, curve, role, f"t b x-{role}")
    if not frame.epochs_done and frame.trace and frame.blew_up is None:
        x, y = axes.place(*frame.trace[-1])
        names.append((x + 10, y, "train", "t b x-train"))
    body += _above(axes, frame) + end_names(names)
    if frame.blew_up is not None:
        body += axes.blew_up(frame.blew_up, live_words.NO_NUMBER, clear_of=GUESSING)
    return svg.Picture(width, height, body, title)


def _curves(frame: Frame) -> tuple[tuple[str, tuple[float, ...]], ...]:
    return ("validation", frame.val_loss), ("train", frame.train_loss)


def _end(
    axes: Chart, curve: tuple[float, ...], name: str, classes: str
) -> list[tuple[float, float, str, str]]:
    if not curve or not math.isfinite(curve[-1]):
        return []
    x, y = axes.place(len(curve), curve[-1])
    return [(x + 8, y, name, classes)]


def _top(frame: Frame, earlier: Sequence[Frame]) -> float:
    """The axis holds every run, but a run that blew up must not flatten the others."""
    own = [*frame.train_loss, *frame.val_loss] or [value for _, value in frame.trace]
    own = [value for value in own if math.isfinite(value)]
    if len(own) < 2:  # nothing that could be drawn as a line
        own = [GUESSING]
    others = [value for old in earlier for _, curve in _curves(old) for value in curve]
    others = [min(value, TALLEST) for value in others if math.isfinite(value)]
    return 1.03 * max(*others, min(max(own), max(TALLEST, 1.5 * statistics.median(own))), 0.1)


def _above(axes: Chart, frame: Frame) -> str:
    """Says how high the run was where its curve leaves the picture."""
    losses = [
        (value, epoch)
        for _, curve in _curves(frame)
        for epoch, value in enumerate(curve, 1)
        if axes.levels[-1] < value < math.inf
    ]
    if not losses:
        return ""
    highest, epoch = max(losses)
    x, y = axes.place(epoch, highest)
    name = f"\u25b2 up to {live_words.loss(highest)}"
    end = " end" if x > (axes.left + axes.right) / 2 else ""
    above = 20 if epoch == frame.epochs_done else 6  # there the lines' own names stand below
    return svg.text(x, y - above, name, f"t sm b x-loss{end}")
