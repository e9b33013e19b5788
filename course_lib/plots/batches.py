"""What the batch size changes, in pictures: the noise of the gradient, the updates, the speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from course_lib.plots.style import FOURTH, STROKES, TRAIN, VALIDATION, blank, label_ends, styled

MARKERS = ("o", "s", "^", "D")


@styled
def plot_gradient_noise(variances: Mapping[int, float], *, title: str) -> Figure:
    """Variance of the batch gradient against batch size, both axes logarithmic, with a 1/B line.

    Args:
        variances: for each batch size B the mean squared distance between a batch's gradient and
            the gradient of all samples; positive. The line has the slope −1 and the points'
            (geometric) mean height.

    Raises:
        ValueError: for fewer than two batch sizes, or a variance that is not positive.
    """
    if len(variances) < 2 or min(variances.values()) <= 0:
        raise ValueError("plot_gradient_noise needs two or more batch sizes with positive variance")
    sizes, heights = list(variances), list(variances.values())
    level = 1.0
    for size, height in variances.items():
        level *= (size * height) ** (1 / len(sizes))
    fig, (ax,) = blank()
    ends = (min(sizes), max(sizes))
    ax.plot(ends, [level / size for size in ends], VALIDATION.dash, color=VALIDATION.line)
    ax.plot(sizes, heights, "o", color=TRAIN.line, markersize=7)
    _by_batch_size(ax, sizes)
    ax.set_yscale("log")
    ax.set(ylabel="variance of the gradient", title=title)
    middle = sizes[len(sizes) // 2]
    _name(ax, (middle, variances[middle]), "measured", (10, 6), TRAIN.text)
    _name(ax, (ends[1], level / ends[1]), "∝ 1/B", (-14, 14), VALIDATION.text)
    return fig


@styled
def plot_passes_and_updates(
    runs: Mapping[int, Sequence[tuple[int, float]]], *, title: str, ylabel: str = "validation loss"
) -> Figure:
    """The same runs twice: loss against images seen, and against updates made.

    Args:
        runs: for each batch size pairs (updates made, loss then), updates rising from 1.

    Raises:
        ValueError: for no runs, more than four, or a run without a point.
    """
    if not 1 <= len(runs) <= len(STROKES) or not all(runs.values()):
        raise ValueError(f"plot_passes_and_updates draws 1 to {len(STROKES)} runs with points")
    fig, (left, right) = blank(7.8, 3.6, columns=2)
    for ax, by_images in ((left, True), (right, False)):
        ends = []
        for (size, run), stroke, marker in zip(runs.items(), STROKES, MARKERS, strict=False):
            factor = size if by_images else 1
            across = [updates * factor for updates, _ in run]
            losses = [loss for _, loss in run]
            ax.plot(across, losses, stroke.dash, color=stroke.line, marker=marker, markersize=3.5)
            ends.append((across[-1], losses[-1], f"B = {size}", stroke))
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_ylim(bottom=0)
        ax.set(xlabel="images seen" if by_images else "updates made", ylabel=ylabel)
        if by_images:
            label_ends(ax, ends)
        else:  # the curves run close together: a name beside the end would cover another curve
            for x, y, name, stroke in ends:
                _name(ax, (x, y), name, (-2, -14), stroke.text, ha="right")
    fig.suptitle(title, x=0.01, ha="left")
    return fig


@styled
def plot_throughput(speeds: Mapping[str, Mapping[int, float]], *, title: str) -> Figure:
    """Samples per second against batch size, both axes logarithmic, one line for each network."""
    fig, (ax,) = blank()
    ends = []
    for (name, by_size), stroke, marker in zip(speeds.items(), STROKES, MARKERS, strict=False):
        sizes, heights = list(by_size), list(by_size.values())
        ax.plot(sizes, heights, stroke.dash, color=stroke.line, marker=marker, markersize=5)
        ends.append((sizes[-1], heights[-1], name, stroke))
    _by_batch_size(ax, sorted({size for by_size in speeds.values() for size in by_size}))
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.set(ylabel="samples per second", title=title)
    for x, y, name, stroke in ends:
        _name(ax, (x, y), name, (8, -4), stroke.text)
    return fig


@styled
def plot_escapes(
    losses: Mapping[float, float], start: float, ends: Mapping[str, Sequence[float]], *, title: str
) -> Figure:
    """A loss over one weight, and below it where many searches from ``start`` ended.

    Args:
        losses: the loss at each weight, weights rising.
        ends: for each kind of search the weights at which its runs ended, one dot a run.
    """
    fig, (ax,) = blank(7.2, 3.8)
    ax.plot(list(losses), list(losses.values()), "-", color=FOURTH.line)
    at_start = min(losses, key=lambda w: abs(w - start))
    ax.plot(start, losses[at_start], "o", color="#1F2328", markersize=7)
    _name(ax, (start, losses[at_start]), "start", (6, 6), "#1F2328")
    for row, (name, ended) in enumerate(ends.items()):
        stroke, height = STROKES[row], -0.28 - 0.3 * row
        spread = [height + 0.09 * ((i * 0.618) % 1 - 0.5) for i in range(len(ended))]
        ax.plot(ended, spread, MARKERS[row], color=stroke.line, markersize=3, alpha=0.5)
        _name(ax, (min(losses), height), name, (0, -4), stroke.text)
    ax.set_xlim(min(losses), max(losses))
    ax.set_yticks([0, 0.5, 1.0, 1.5])
    ax.set(xlabel="weight w", ylabel="loss of all 40 points", title=title)
    return fig


def _by_batch_size(ax: Axes, sizes: Sequence[int]) -> None:
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_locator(FixedLocator(list(sizes)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("batch size B")


def _name(
    ax: Axes, place: tuple[float, float], text: str, offset: tuple[float, float], colour: str,
    ha: Literal["left", "right"] = "left",
) -> None:  # fmt: skip
    ax.annotate(
        text, place, offset, textcoords="offset points", color=colour, fontweight="bold",
        annotation_clip=False, ha=ha,
    )  # fmt: skip
