"""A learning-rate range test as a figure: the loss while the rate grows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from course_lib.plots.style import TEST, TRAIN, blank, styled

if TYPE_CHECKING:
    from course_lib.lr_range import LRRangeResult


@styled
def plot_lr_range(record: LRRangeResult, *, title: str | None = None) -> Figure:
    """Loss of each update, faint, its smoothed course, and the suggested rate.

    Args:
        record: what ``lr_range_test`` returned. What is not finite is left out.
        title: the figure's message; ``None`` states the suggestion.

    Raises:
        ValueError: for a record without a finite loss.
    """
    shown = [
        (rate, loss, smoothed)
        for rate, loss, smoothed in zip(record.rates, record.losses, record.smoothed, strict=True)
        if math.isfinite(loss) and math.isfinite(smoothed)
    ]
    if not shown:
        raise ValueError("the record has no finite loss: there is nothing to plot")
    rates, losses, smoothed = zip(*shown, strict=True)
    fig, (ax,) = blank()
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator())
    ax.plot(rates, losses, color=TRAIN.line, alpha=0.3, linewidth=0.8, label="each batch")
    ax.plot(rates, smoothed, TRAIN.dash, color=TRAIN.line, label="smoothed")
    start, low = smoothed[0], min(smoothed)
    top = max(start + 0.5 * (start - low), start * 1.1)
    ax.set_ylim(min(0.0, low), top)  # the explosion at the end would flatten everything else
    if record.suggestion is not None:
        ax.axvline(record.suggestion, color=TEST.line, linestyle=TEST.dash)
        ax.annotate(
            f"{record.suggestion:.2g}", (record.suggestion, 0.06), (6, 0),
            xycoords=("data", "axes fraction"), textcoords="offset points", color=TEST.text,
            fontweight="bold",
        )  # fmt: skip
    ax.set(xlabel="learning rate", ylabel="training loss of the batch")
    ax.set_title(title or _message(record))
    return fig


def _message(record: LRRangeResult) -> str:
    if record.suggestion is None:
        return "The loss falls at no learning rate"
    return f"Begin with a learning rate near {record.suggestion:.2g}"
