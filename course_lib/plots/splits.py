"""Figures about dividing data: how sharp a test set of a size is, and who lands in which part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from course_lib.metrics import accuracy_interval
from course_lib.plots.style import FOURTH, TEST, VALIDATION, blank, label_ends, styled


@styled
def plot_error_bars(
    sizes: Mapping[str, int], accuracy: float, *, title: str, smallest: int = 10
) -> Figure:
    """The error bar of an accuracy against the size of the test set, with some sizes marked.

    Args:
        sizes: a name for each size that is marked, in samples.
        accuracy: the share of right answers, from 0 to 1, that all of them measured.
        title: the figure's message.
        smallest: the left end of the axis, in samples.

    Raises:
        ValueError: where no size is given.
    """
    if not sizes:
        raise ValueError("plot_error_bars needs at least one size")
    fig, (ax,) = blank(height=3.9)
    largest = max(sizes.values())
    steps = [round(smallest * (largest / smallest) ** (i / 60)) for i in range(61)]
    low, high = zip(*(_percent(accuracy, size) for size in steps), strict=True)
    ax.fill_between(steps, low, high, color=TEST.line, alpha=0.18, linewidth=0)
    for edge in (low, high):
        ax.plot(steps, edge, "-", color=TEST.line, linewidth=1)
    for place, (name, size) in enumerate(sizes.items()):
        bottom, top = _percent(accuracy, size)
        ax.plot([size, size], [bottom, top], "-", color=TEST.text, linewidth=2)
        ax.plot([size], [100 * accuracy], "o", color=TEST.text)
        ax.annotate(
            f"{name}\n{bottom:.1f} to {top:.1f}",
            (size, bottom),
            (0, -6),
            textcoords="offset points",
            # the funnel's lower edge rises to the right: there is room under it
            ha="left" if place < len(sizes) / 2 else "center",
            va="top",
            color=TEST.text,
            fontsize=9,
        )
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlim(smallest / 1.6, largest * 1.9)
    ax.set_ylim(min(40, min(low) - 12), 100)
    ax.set(xlabel="samples in the test set", ylabel="true accuracy, %", title=title)
    return fig


@styled
def plot_class_counts(
    parts: Mapping[str, Sequence[int]], class_names: Sequence[str], *, title: str
) -> Figure:
    """How many samples of each class one or two ways of splitting put into a part, side by side.

    Args:
        parts: for each way of splitting (named) the samples of each class.
        class_names: one for each class.
        title: the figure's message.

    Raises:
        ValueError: where the numbers of classes differ, or more than two ways are given.
    """
    if not 1 <= len(parts) <= 2:
        raise ValueError(f"plot_class_counts draws one or two ways of splitting, not {len(parts)}")
    if any(len(counts) != len(class_names) for counts in parts.values()):
        raise ValueError("each way of splitting needs one number for each class")
    fig, axes = blank(height=3.4, columns=len(parts))
    fig.suptitle(title, x=0.01, ha="left")
    widest = max(max(counts) for counts in parts.values())
    for ax, (name, counts) in zip(axes, parts.items(), strict=True):
        _bars(ax, counts, VALIDATION.line)
        ax.set_yticks(range(len(class_names)), class_names)
        ax.set_xlim(0, widest * 1.12)
        ax.set_xlabel(f"{name}: samples of the class")
    return fig


@styled
def plot_best_of_many(reported: Sequence[float], truly: Sequence[float], *, title: str) -> Figure:
    """The best test score so far against the number of models tried, and its worth on fresh data.

    Args:
        reported: after each model the best accuracy on the test set so far, from 0 to 1.
        truly: the accuracy of the same model on fresh samples.
        title: the figure's message.

    Raises:
        ValueError: where there is nothing, or the two differ in length.
    """
    if not reported or len(reported) != len(truly):
        raise ValueError("plot_best_of_many needs two equally long lists of scores")
    fig, (ax,) = blank()
    tried, ends = range(1, len(reported) + 1), []
    for name, scores, stroke in (("on the test set", reported, TEST), ("fresh", truly, FOURTH)):
        percent = [100 * score for score in scores]
        ax.step(tried, percent, stroke.dash, where="post", color=stroke.line)
        ends.append((len(percent), percent[-1], f"{name} {percent[-1]:.1f}", stroke))
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,.0f}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_ylim(0, 100)
    ax.set(xlabel="models tried on the test set", ylabel="accuracy of the best, %", title=title)
    label_ends(ax, ends)
    return fig


def _bars(ax: Axes, counts: Sequence[int], colour: str) -> None:
    places = range(len(counts))
    ax.barh(places, counts, color=colour, height=0.7)
    for place, count in zip(places, counts, strict=True):
        ax.annotate(f"{count}", (count, place), (4, 0), textcoords="offset points", va="center")
    ax.invert_yaxis()  # the first class stands on top
    ax.grid(False)


def _percent(accuracy: float, size: int) -> tuple[float, float]:
    low, high = accuracy_interval(accuracy, size)
    return 100 * low, 100 * high
