"""Draws a frame: the curves on the left, the numbers on the right. Pure functions, frame → SVG."""

from __future__ import annotations

import math
import textwrap

from course_lib.widgets import svg
from course_lib.widgets.live_training import words
from course_lib.widgets.live_training.chart import Chart, end_names, ticks
from course_lib.widgets.live_training.progress import Frame

CHART_WIDTH, PANEL_WIDTH, HEIGHT = 520, 220, 268


def parts(frame: Frame) -> list[svg.Picture]:
    """The chart and the panel of numbers, to stand side by side or below one another."""
    return [_chart(frame), numbers(frame)]


def whole(frame: Frame, sentence: str) -> svg.Picture:
    """One picture of everything, for where no kernel runs."""
    state = svg.Picture(740, 22, svg.text(0, 14, words.state_line(frame), "n"), "")
    lines = textwrap.wrap(sentence, 105)
    said = "".join(svg.text(0, 16 + 20 * row, line, "t") for row, line in enumerate(lines))
    foot = svg.Picture(740, 20 * len(lines) + 4, said, "")
    drawn = svg.beside(parts(frame), gap=0)
    return svg.stacked([state, drawn, foot], description=words.as_text(frame))


def _chart(frame: Frame) -> svg.Picture:
    chart = Chart(frame.num_epochs, ticks(_highest(frame)))
    body = svg.text(0, 16, words.title(frame), "t lg b") + chart.axes() + chart.trace(frame.trace)
    for role, curve in (("validation", frame.val_loss), ("train", frame.train_loss)):
        body += chart.curve(curve, role)
    if frame.blew_up is not None:
        body += chart.blew_up(frame.blew_up, words.NO_NUMBER)
    return svg.Picture(CHART_WIDTH, HEIGHT, body + _names(chart, frame), words.as_text(frame))


def _names(chart: Chart, frame: Frame) -> str:
    ends = {"train": frame.train_loss, "validation": frame.val_loss}
    if not frame.epochs_done:
        ends = {"train": tuple(value for _, value in frame.trace)}
    reached = max([frame.epochs_done, *(position for position, _ in frame.trace)])
    return end_names([
        (chart.place(reached, 0)[0] + 10, chart.place(0, curve[-1])[1], role, f"t b x-{role}")
        for role, curve in ends.items() if curve and math.isfinite(curve[-1])
    ])  # fmt: skip


def _highest(frame: Frame) -> float:
    """Top of the loss axis: the curves' once there are any, before that the batches'."""
    curves = [*frame.train_loss, *frame.val_loss] or [value for _, value in frame.trace]
    return 1.05 * max((value for value in curves if math.isfinite(value)), default=0.95) or 0.95


def numbers(frame: Frame) -> svg.Picture:
    """The latest finished epoch in numbers, and how far the epoch under way is."""
    x, width = 8.0, PANEL_WIDTH - 8.0
    done = frame.epochs_done
    score = frame.score[-1] if frame.score else None
    rows = [
        ("train loss", words.loss(frame.train_loss[-1] if done else None), "x-train"),
        ("validation loss", words.loss(frame.val_loss[-1] if done else None), "x-validation"),
        ("gap, val \u2212 train", words.loss(frame.gap, sign=True), ""),
        (frame.score_name, words.score(score, frame.score_name), ""),
        ("lowest val loss in", f"epoch {frame.best_epoch}" if frame.best_epoch else "\u00b7", ""),
        ("latest batch's loss", words.loss(frame.batch_loss), ""),
    ]
    body = svg.rect(x, 28, width, 176, "panel", radius=6)
    heading = f"after epoch {done}" if done else "after the first epoch"
    body += svg.text(x + 12, 16, heading, "t sm m")
    for row, (name, value, colour) in enumerate(rows):
        y = 52 + 27 * row
        body += svg.text(x + 12, y, name, "t m") + svg.text(
            PANEL_WIDTH - 12, y, value, f"n b end {colour}".strip()
        )
    share = frame.batch / frame.num_batches if frame.num_batches else 0.0
    body += svg.rect(x, 222, width, 8, "panel", radius=4)
    if share:
        body += svg.rect(x, 222, width * share, 8, "f-train", radius=4)
    body += svg.text(x, 248, f"{100 * share:.0f} % of epoch {frame.epoch}", "n sm m")
    return svg.Picture(PANEL_WIDTH, HEIGHT, body, "The same numbers as a table.")
