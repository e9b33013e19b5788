"""Finding the two curves in a figure, as it was described by the driver."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from course_lib.grading.checks.network_runs import close

Line = dict[str, Any]


@dataclass(frozen=True)
class Curves:
    """The axes with the curves, and the lines that stand for training and for validation.

    ``labelled`` is false where no axes has both labels, and the lines were told by their order.
    """

    axes: dict[str, Any]
    train: list[Line]
    validation: list[Line]
    labelled: bool


def curves(figure: Any) -> Curves | None:
    """The curves of a figure; None where no axes has two lines."""
    axes_with_lines = [axes for axes in (figure or {"axes": []})["axes"] if axes["lines"]]
    for axes in axes_with_lines:
        lines = _with_legend_labels(axes)
        validation = [line for line in lines if "validation" in line["label"].lower()]
        train = [
            line for line in lines if "train" in line["label"].lower() and line not in validation
        ]
        if train and validation:
            return Curves(axes, train, validation, labelled=True)
    for axes in axes_with_lines:
        if len(axes["lines"]) >= 2:
            return Curves(axes, axes["lines"][:1], axes["lines"][1:2], labelled=False)
    return None


def _with_legend_labels(axes: dict[str, Any]) -> list[Line]:
    """The lines; where only the legend names them, with its names, in its order."""
    lines: list[Line] = axes["lines"]
    if any(line["label"] for line in lines) or len(axes["legend"]) != len(lines):
        return lines
    return [{**line, "label": text} for line, text in zip(lines, axes["legend"], strict=True)]


def points(line: Line, epochs: int) -> tuple[list[float], list[float]]:
    """x and y, without the empty places of epochs to come."""
    x, y = list(line["x"]), list(line["y"])
    while len(y) > epochs and math.isnan(y[-1]):
        x.pop()
        y.pop()
    return x, y


def shows(lines: Sequence[Line], losses: Sequence[float]) -> bool:
    """Whether one of the lines has exactly these losses, NaN included."""
    return any(close(points(line, len(losses))[1], losses) for line in lines)


def in_view(axes: dict[str, Any], lines: Sequence[Line]) -> bool:
    """Whether each finite point lies within the limits of the axes."""
    for ends, key in zip(axes["view"], ("x", "y"), strict=True):
        low, high = min(ends), max(ends)
        slack = 1e-6 * (high - low)
        for line in lines:
            for x, y in zip(line["x"], line["y"], strict=True):
                value = x if key == "x" else y
                if math.isfinite(y) and not low - slack <= value <= high + slack:
                    return False
    return True
