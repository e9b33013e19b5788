"""Runs that should be one and the same: where they part, and that they agree exactly until then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course_lib.plots.style import TRAIN, VALIDATION, styled

COLUMNS = 3


@styled
def plot_partings(differences: Mapping[str, Sequence[float]], *, first: int, title: str) -> Figure:
    """One panel for each resumed run: its losses minus the true ones, iteration by iteration.

    Where a difference is exactly zero there is a filled dot on the zero line; where it is not, a
    dashed line. Below the panel's name stands at which iteration the runs part.

    Args:
        differences: for each item that was left out the differences, from iteration ``first`` on.
        first: the number of the first iteration after resuming.
        title: the figure's message.

    Raises:
        ValueError: for no runs, or a run without a difference.
    """
    if not differences or not all(map(len, differences.values())):
        raise ValueError("plot_partings needs at least one run, each with at least one difference")
    rows = -(-len(differences) // COLUMNS)
    fig = Figure(figsize=(8.2, 0.5 + 1.9 * rows), layout="constrained")
    axes = fig.subplots(rows, COLUMNS, squeeze=False, sharex=True, sharey=True).flatten()
    for ax, (name, values) in zip(axes, differences.items(), strict=False):
        _draw(ax, name, values, first)
    for place, ax in enumerate(axes):
        ax.set_visible(place < len(differences))
        if place % COLUMNS == 0:
            ax.set_ylabel("difference of loss")
        if place >= len(differences) - COLUMNS:
            ax.set_xlabel("iteration")
            ax.tick_params(labelbottom=True)
    fig.suptitle(title, x=0.01, ha="left")
    return fig


def _draw(ax: Axes, name: str, values: Sequence[float], first: int) -> None:
    iterations = range(first, first + len(values))
    parting = next((at for at, value in zip(iterations, values, strict=True) if value), None)
    agreed = [at for at in iterations if parting is None or at < parting]
    ax.plot(agreed, [0.0] * len(agreed), "o", color=TRAIN.line, markersize=3)
    if parting is not None:
        apart = range(max(first, parting - 1), first + len(values))
        heights = [values[at - first] for at in apart]
        ax.plot(apart, heights, VALIDATION.dash, color=VALIDATION.line)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    words = "exactly zero throughout" if parting is None else f"part at iteration {parting}"
    colour = TRAIN.text if parting is None else VALIDATION.text
    ax.set_title(f"without {name}", fontsize=10, pad=18)
    place = {"transform": ax.transAxes}
    ax.text(0.0, 1.03, words, place, fontsize=9, fontweight="bold", color=colour)
