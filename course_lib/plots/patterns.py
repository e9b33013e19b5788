"""Figures of the patterns around a step: gradient norms, schedules, and what a mode costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.plots.style import STROKES, TRAIN, VALIDATION, blank, label_ends, styled

MOST_PANELS = 4


@styled
def plot_norms(runs: Mapping[str, Sequence[float]], *, limit: float, title: str) -> Figure:
    """Gradient norms before clipping, update by update, on a logarithmic axis.

    Args:
        runs: for each name the norm at each update; a cross stands where the first one that is not
            finite would be, and the line ends there.
        limit: the norm that gradients are clipped to, drawn as a thin line.
        title: the figure's message.

    Raises:
        ValueError: for no runs, or more than four.
    """
    if not 1 <= len(runs) <= len(STROKES):
        raise ValueError(f"plot_norms draws 1 to {len(STROKES)} runs, not {len(runs)}")
    fig, (ax,) = blank()
    ax.set_yscale("log")
    ends = []
    for (name, norms), stroke in zip(runs.items(), STROKES[1::-1] + STROKES[2:], strict=False):
        broke = next((i for i, norm in enumerate(norms) if not math.isfinite(norm)), len(norms))
        shown = list(norms[:broke])
        if not shown:
            continue
        ax.plot(range(1, broke + 1), shown, stroke.dash, color=stroke.line)
        if broke < len(norms):
            ax.plot([broke], shown[-1:], "X", color=stroke.line, markersize=9)
            name += ": then no number"
        ends.append((broke, shown[-1], name, stroke))
    ax.axhline(limit, color="0.45", linewidth=0.9)
    ax.annotate(f"limit {limit:g}", (1, limit), (0, -11), textcoords="offset points", color="0.35")
    ax.set(xlabel="update", ylabel="norm of the gradient", title=title)
    for x, y, name, stroke in ends:
        ax.annotate(
            name, (x, y), (9, 0), textcoords="offset points", color=stroke.text,
            fontweight="bold", va="center", annotation_clip=False,
        )  # fmt: skip
    return fig


@styled
def plot_schedules(
    rates: Mapping[str, Sequence[float]], *, title: str, xlabel: str = "step of the scheduler",
    metric: Sequence[float] | None = None,
) -> Figure:  # fmt: skip
    """Learning rates side by side, as they were read from an optimizer.

    Args:
        rates: for each scheduler's name the rate in each step.
        title: the figure's message.
        xlabel: what a step is.
        metric: of the last panel: what the scheduler was given, drawn dashed.

    Raises:
        ValueError: for no schedule, or more than four.
    """
    if not 1 <= len(rates) <= MOST_PANELS:
        raise ValueError(f"plot_schedules draws 1 to {MOST_PANELS} schedules, not {len(rates)}")
    fig, axes = blank(2.0 + 2.1 * len(rates), 2.7, len(rates))
    for place, (ax, (name, values)) in enumerate(zip(axes, rates.items(), strict=True)):
        ax.step(range(1, len(values) + 1), values, where="mid", color=TRAIN.line)
        ax.set_title(name, fontsize=10)
        ax.set(xlabel=xlabel, ylim=(0, 1.08 * max(values)))
        ax.set_ylabel("learning rate" if place == 0 else "")
    if metric is not None:
        _given(axes[-1], metric)
    fig.suptitle(title, x=0.01, ha="left")
    return fig


def _given(ax: Axes, metric: Sequence[float]) -> None:
    """What a scheduler was given, on the same axes."""
    ax.plot(range(1, len(metric) + 1), metric, VALIDATION.dash, color=VALIDATION.line, linewidth=1)
    ax.set_ylim(top=1.08 * max(*metric, ax.get_ylim()[1] / 1.08))
    label_ends(ax, [(len(metric), metric[-1], "val loss", VALIDATION)])


@styled
def plot_shares(
    shares: Mapping[str, Sequence[float]], *, title: str, xlabel: str = "right (%)"
) -> Figure:
    """One row a way of measuring: a dot for each run, a bar to their median, first row on top.

    Args:
        shares: for each name the shares of several runs, 0 to 1.
        title: the figure's message.

    Raises:
        ValueError: for no rows.
    """
    if not shares:
        raise ValueError("plot_shares needs at least one row")
    fig, (ax,) = blank(7.2, 0.9 + 0.42 * len(shares))
    for row, values in enumerate(shares.values()):
        percent = sorted(100 * value for value in values)
        middle = percent[len(percent) // 2]
        stroke = TRAIN if row == 0 else VALIDATION
        ax.barh(row, middle, height=0.55, color=stroke.line, alpha=0.3)
        ax.plot(percent, [row] * len(percent), "o", color=stroke.line, markersize=4)
        ax.annotate(
            f"{middle:.0f} %", (percent[-1], row), (8, 0), textcoords="offset points",
            va="center", color=stroke.text, fontweight="bold", annotation_clip=False,
        )  # fmt: skip
    ax.set_yticks(range(len(shares)), list(shares))
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    ax.set(xlabel=xlabel, xlim=(0, 100), xticks=range(0, 101, 20), title=title)
    return fig
