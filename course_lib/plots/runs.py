"""Several runs side by side: small multiples, one panel a setting, one pair of lines a seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.plots.style import TRAIN, VALIDATION, Stroke, blank, label_ends, styled

Histories = Sequence[Mapping[str, Sequence[Any]]]

MOST_PANELS = 4


@styled
def plot_runs(
    settings: Mapping[str, Histories], *, title: str, top: float | None = None,
    keys: Sequence[str] = ("train_loss", "val_loss"),
) -> Figure:  # fmt: skip
    """Loss curves of several settings on one scale, each with all its runs.

    At the end of a panel's lines stands the median of their last values; in the first panel also
    what they are.

    Args:
        settings: for each panel's name the histories of its runs (one a seed).
        title: the figure's message.
        top: upper end of the loss axis; a point above it is drawn as a small triangle at the
            frame. ``None``: whatever the highest loss needs.
        keys: what to draw of each history, of ``train_loss`` and ``val_loss``.

    Raises:
        ValueError: for no panel, more than four, or a panel without a finished epoch.
    """
    if not 1 <= len(settings) <= MOST_PANELS:
        raise ValueError(f"plot_runs draws 1 to {MOST_PANELS} panels, not {len(settings)}")
    for name, runs in settings.items():
        if not any(len(run.get("train_loss", ())) for run in runs):
            raise ValueError(f"the panel {name!r} has no finished epoch")
    columns = len(settings)
    fig, axes = blank(2.6 + 2.1 * columns, 3.0, columns)
    high = top or 1.05 * max(v for runs in settings.values() for v in _finite(runs, keys))
    for place, (ax, (name, runs)) in enumerate(zip(axes, settings.items(), strict=True)):
        ends = [
            _draw_key(ax, runs, key, stroke, label if place == 0 else "", high)
            for key, stroke, label in (
                ("train_loss", TRAIN, "train"),
                ("val_loss", VALIDATION, "validation"),
            )
            if key in keys
        ]
        ax.set_title(name, fontsize=10)
        ax.set(xlabel="epoch", ylim=(0, high))
        if place:
            ax.set_yticklabels([])
        else:
            ax.set_ylabel("loss (mean per sample)")
        ax.margins(x=0.04)
        label_ends(ax, [end for end in ends if end is not None])
    fig.suptitle(title, x=0.01, ha="left")
    return fig


@styled
def plot_loss_and_accuracy(runs: Histories, *, title: str) -> Figure:
    """Validation loss and validation accuracy of the same runs, side by side."""
    fig, (losses, accuracies) = blank(8.2, 3.2, columns=2)
    high = 1.05 * max(_finite(runs, ("val_loss",)))
    end = _draw_key(losses, runs, "val_loss", VALIDATION, "loss", high)
    losses.set(xlabel="epoch", ylabel="validation loss", ylim=(0, high))
    shares = [{"val": [100 * a for a in run["val_accuracy"]]} for run in runs]
    end_share = _draw_key(accuracies, shares, "val", VALIDATION, "", 100, digits=0, unit=" %")
    accuracies.set(xlabel="epoch", ylabel="right on validation (%)", ylim=(0, 100))
    for ax, last in ((losses, end), (accuracies, end_share)):
        label_ends(ax, [last] if last is not None else [])
    fig.suptitle(title, x=0.01, ha="left")
    return fig


@styled
def plot_train_measured_twice(
    history: Mapping[str, Sequence[Any]], again: Sequence[float], *, title: str
) -> Figure:
    """The training loss as the epoch's running mean, and measured again after each epoch.

    Args:
        history: with ``train_loss`` and ``val_loss``.
        again: the loss on the training set in evaluation mode, after each epoch.
    """
    fig, (ax,) = blank(7.6, 3.4)
    lines = (
        (history["train_loss"], "train, during the epoch", TRAIN),
        (history["val_loss"], "validation", VALIDATION),
        (again, "train, measured again", Stroke(TRAIN.line, ":", TRAIN.text)),
    )
    ends = []
    for values, name, stroke in lines:
        epochs = range(1, len(values) + 1)
        ax.plot(epochs, values, stroke.dash, color=stroke.line, marker="o", markersize=4)
        ends.append((len(values), values[-1], f"{name} {values[-1]:.2f}", stroke))
    ax.set(xlabel="epoch", ylabel="loss (mean per sample)", title=title)
    ax.set_ylim(bottom=0)
    label_ends(ax, ends)
    return fig


def _finite(runs: Histories, keys: Sequence[str]) -> list[float]:
    return [v for run in runs for key in keys for v in run.get(key, ()) if math.isfinite(v)]


def _draw_key(
    ax: Axes, runs: Histories, key: str, stroke: Stroke, name: str, high: float,
    digits: int = 2, unit: str = "",
) -> tuple[float, float, str, Stroke] | None:  # fmt: skip
    """One thin line a run; returns what to write at their end: ``(x, y, words, stroke)``."""
    lasts, width = [], 0
    for run in runs:
        values = [v if math.isfinite(v) else math.nan for v in run.get(key, ())]
        epochs = range(1, len(values) + 1)
        ax.plot(epochs, values, stroke.dash, color=stroke.line, linewidth=1.1, alpha=0.75)
        above = [epoch for epoch, v in zip(epochs, values, strict=True) if v > high]
        if above:
            ax.plot(above, [high] * len(above), "^", color=stroke.line, markersize=4, clip_on=False)
        known = [v for v in values if math.isfinite(v)]
        lasts += known[-1:]
        width = max(width, len(values))
    if not lasts:
        return None
    middle = median(lasts)
    words = f"{middle:.{digits}f}{unit}"
    return width, min(middle, high), f"{name} {words}" if name else words, stroke
