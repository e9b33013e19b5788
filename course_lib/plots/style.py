"""The style sheet of all figures, and the few strokes that it cannot say."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec

import matplotlib as mpl
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

P = ParamSpec("P")

STYLE_SHEET = Path(__file__).with_name("course.mplstyle")


@dataclass(frozen=True)
class Stroke:
    """How one meaning is drawn: its colour, a dash that goes with it, and a darker text colour."""

    line: str
    dash: str
    text: str


TRAIN = Stroke("#0072B2", "-", "#00609A")
VALIDATION = Stroke("#D55E00", "--", "#A84300")
TEST = Stroke("#009E73", ":", "#006B50")
FOURTH = Stroke("#CC79A7", "-.", "#8F3F74")
STROKES = (TRAIN, VALIDATION, TEST, FOURTH)


def use_style() -> None:
    """Make every figure drawn from now on look like the course's: one style sheet for all."""
    style.use(STYLE_SHEET)


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in the course's style, whatever style is set outside, and leave that one alone."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context():
            use_style()
            return draw(*args, **kwargs)

    return drawn


def blank(width: float = 7.2, height: float = 3.6, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure with ``columns`` axes, outside pyplot's list of figures.

    Such a figure is shown where a cell returns it and nowhere else, and is freed with its name.
    """
    fig = Figure(figsize=(width, height), layout="constrained")
    axes = list(fig.subplots(1, columns, squeeze=False)[0])
    for ax in axes:
        ax.margins(x=0.02)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    return fig, axes


def label_ends(ax: Axes, ends: Sequence[tuple[float, float, str, Stroke]]) -> None:
    """Write each line's name beside its last point ``(x, y, name, stroke)``, instead of a legend.

    Names that would touch are moved apart; call it when the limits of the axes are final.
    """
    low, high = ax.get_ylim()
    height = ax.get_window_extent().transformed(ax.figure.dpi_scale_trans.inverted()).height * 72
    needed = 14 / max(height, 1) * (high - low)  # a line of text, in units of the data
    free = low - needed
    for x, y, name, stroke in sorted(ends, key=lambda end: end[1]):
        free = max(y, free + needed)
        ax.annotate(
            name,
            (x, free),
            (7, 0),
            textcoords="offset points",
            color=stroke.text,
            fontweight="bold",
            va="center",
            annotation_clip=False,
        )
