"""A history as a figure: how the losses went, and the accuracy if there is one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.plots.style import TRAIN, VALIDATION, Stroke, blank, label_ends, styled

Values = Sequence[float | None]


@styled
def plot_history(history: Mapping[str, Sequence[Any]], *, title: str | None = None) -> Figure:
    """Losses of each epoch, and the validation accuracy beside them where it was measured.

    Args:
        history: ``train_loss`` and, if there are any, ``val_loss`` and ``val_accuracy`` (0 to 1),
            one entry an epoch. What is not finite is left out of its line.
        title: the figure's message; ``None`` states what the losses did.

    Raises:
        ValueError: for a history without a finished epoch.
    """
    train = list(history.get("train_loss", []))
    if not train:
        raise ValueError("the history has no finished epoch: there is nothing to plot")
    validation = _measured(history.get("val_loss", []))
    accuracy = _measured(history.get("val_accuracy", []))

    fig, axes = blank(8.2 if accuracy else 7.2, 3.4, columns=2 if accuracy else 1)
    lines = [(train, "train", TRAIN)]
    if validation:
        lines.append((validation, "validation", VALIDATION))
    _draw(axes[0], lines, "loss (mean per sample)", digits=3)
    if accuracy:
        per_cent = [None if a is None else 100 * a for a in accuracy]
        _draw(axes[1], [(per_cent, "validation", VALIDATION)], "accuracy (%)", digits=1)
        axes[1].set_ylim(0, 100)
    fig.suptitle(title or message(train, validation), x=0.01, ha="left")
    return fig


def message(train: Values, validation: Values) -> str:
    """What the losses did, in one line."""
    if not any(map(_finite, train)):
        return "No training loss is finite"
    if validation and any(map(_finite, validation)):
        best = min((v, epoch) for epoch, v in enumerate(validation, 1) if _finite(v))
        if best[1] < len(validation):
            return f"Validation loss is lowest in epoch {best[1]}: {best[0]:.3f}"
        return f"Validation loss is lowest in the last epoch: {best[0]:.3f}"
    finite = [value for value in train if value is not None and math.isfinite(value)]
    verb = "falls" if finite[-1] < finite[0] else "does not fall:"
    return f"Training loss {verb} from {finite[0]:.3f} to {finite[-1]:.3f}"


def _measured(values: Values) -> list[float | None]:
    return list(values) if any(value is not None for value in values) else []


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _draw(ax: Axes, lines: Sequence[tuple[Values, str, Stroke]], unit: str, digits: int) -> None:
    ends: list[tuple[float, float, str, Stroke]] = []
    for values, name, stroke in lines:
        epochs = range(1, len(values) + 1)
        heights = [math.nan if value is None else value for value in values]
        marker = "o" if len(values) <= 20 else ""
        ax.plot(
            epochs,
            [value if math.isfinite(value) else math.nan for value in heights],
            stroke.dash,
            color=stroke.line,
            marker=marker,
            markersize=4,
            label=name,
        )
        known = [(epoch, value) for epoch, value in zip(epochs, heights, strict=True)
                 if math.isfinite(value)]  # fmt: skip
        if known:
            epoch, value = known[-1]
            ends.append((epoch, value, f"{name} {value:.{digits}f}", stroke))
    ax.set_ylim(bottom=0)
    ax.set(xlabel="epoch", ylabel=unit)
    label_ends(ax, ends)
