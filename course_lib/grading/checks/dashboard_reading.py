"""Finding the two curves in a figure, as it was described by the driver."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from course_lib.grading.checks.agreement import close

Line = dict[str, Any]


@dataclass(frozen=True)
class Curves:
    """The axes with the curves, and the lines that stand for training and for validation.

    ``labelled`` is false where no axes has both labels, and the lines were told by their order.
    ``apart`` is the axes of the validation curve where that is another one.
    """

    axes: dict[str, Any]
    train: list[Line]
    validation: list[Line]
    labelled: bool
    apart: dict[str, Any] | None = None


def curves(figure: Any) -> Curves | None:
    """The curves of a figure; None where no axes has two lines."""
    all_axes = map(_lines_or_points, (figure or {"axes": []})["axes"])
    axes_with_lines = [axes for axes in all_axes if axes["lines"]]
    named = [_by_name(axes) for axes in axes_with_lines]
    for axes, (train, validation) in zip(axes_with_lines, named, strict=True):
        if train and validation:
            return Curves(axes, train, validation, labelled=True)
    for axes in axes_with_lines:
        if len(axes["lines"]) >= 2:
            return Curves(axes, axes["lines"][:1], axes["lines"][1:2], labelled=False)
    return _apart(axes_with_lines, named)


def _lines_or_points(axes: dict[str, Any]) -> dict[str, Any]:
    """The axes; where no line is drawn, points that stand alone are taken for one."""
    return axes if axes["lines"] else {**axes, "lines": axes["points"], "as_points": True}


def _apart(
    all_axes: Sequence[dict[str, Any]], named: Sequence[tuple[list[Line], list[Line]]]
) -> Curves | None:
    train = next((i for i, lines in enumerate(named) if lines[0]), None)
    validation = next((i for i, lines in enumerate(named) if lines[1]), None)
    if train is None or validation is None:
        return None
    axes, other = all_axes[train], all_axes[validation]
    return Curves(axes, named[train][0], named[validation][1], labelled=True, apart=other)


def _by_name(axes: dict[str, Any]) -> tuple[list[Line], list[Line]]:
    """The lines for training and those for validation, by their labels."""
    train, validation = [], []
    for line in _with_legend_labels(axes):
        label = line["label"].lower()
        if "validation" in label:
            validation.append(line)
        elif "train" in label:
            train.append(line)
    return train, validation


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


def all_in_view(found: Curves) -> bool:
    """Whether each finite point of the curves lies within the limits of its axes."""
    if found.apart:
        return _in_view(found.axes, found.train) and _in_view(found.apart, found.validation)
    return _in_view(found.axes, [*found.train, *found.validation])


def in_view_and_unseen(found: Curves) -> Iterator[bool]:
    """For each curve: is it within the limits, all of it, and does the picture not show it?"""
    for axes, lines in (
        (found.axes, found.train),
        (found.apart or found.axes, found.validation),
    ):
        for line in lines[-1:]:
            yield len(line["y"]) > 1 and not line.get("seen", True) and _in_view(axes, [line])


def _in_view(axes: dict[str, Any], lines: Sequence[Line]) -> bool:
    for ends, key in zip(axes["view"], ("x", "y"), strict=True):
        low, high = min(ends), max(ends)
        slack = 1e-6 * (high - low)
        for line in lines:
            for x, y in zip(line["x"], line["y"], strict=True):
                value = x if key == "x" else y
                if math.isfinite(y) and not low - slack <= value <= high + slack:
                    return False
    return True
