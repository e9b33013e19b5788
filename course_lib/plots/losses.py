"""Losses of single updates: of several runs side by side, or of one run with its unrest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from course_lib.plots.style import STROKES, TRAIN, blank, label_ends, styled


@styled
def plot_losses(
    runs: Mapping[str, Sequence[float]], *, title: str, xlabel: str = "iteration",
    ylabel: str = "training loss",
) -> Figure:  # fmt: skip
    """The losses of up to four runs on common axes, each line named at its end.

    Args:
        runs: for each name the loss after each iteration; what is not finite leaves a gap.
        title: the figure's message.

    Raises:
        ValueError: for no runs, more than four, or a run without a loss.
    """
    if not 1 <= len(runs) <= len(STROKES):
        raise ValueError(f"plot_losses draws 1 to {len(STROKES)} runs, not {len(runs)}")
    fig, (ax,) = blank()
    ends = []
    for (name, losses), stroke in zip(runs.items(), STROKES, strict=False):
        if not len(losses):
            raise ValueError(f"the run {name!r} has no losses")
        ax.plot(range(1, len(losses) + 1), losses, stroke.dash, color=stroke.line, label=name)
        finite = [(i, loss) for i, loss in enumerate(losses, 1) if math.isfinite(loss)]
        if finite:
            ends.append((*finite[-1], name, stroke))
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    label_ends(ax, ends)
    return fig


@styled
def plot_batch_losses(
    losses: Sequence[float], *, title: str, window: int = 25, xlabel: str = "update"
) -> Figure:
    """The loss of every batch, faint, and its mean over the last ``window`` batches.

    Raises:
        ValueError: for fewer losses than ``window``.
    """
    if len(losses) < window:
        raise ValueError(f"a mean over {window} batches needs at least as many, not {len(losses)}")
    fig, (ax,) = blank()
    ax.plot(range(1, len(losses) + 1), losses, color=TRAIN.line, alpha=0.3, linewidth=0.8)
    means = [sum(losses[i - window : i]) / window for i in range(window, len(losses) + 1)]
    ax.plot(range(window, len(losses) + 1), means, "-", color=TRAIN.line)
    ax.set_ylim(bottom=0)
    ax.set(xlabel=xlabel, ylabel="training loss of the batch", title=title)
    label_ends(ax, [(len(losses), means[-1], f"mean of {window}: {means[-1]:.2f}", TRAIN)])
    return fig
