"""What a second process gains, against the size of the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from course_lib.plots.style import STROKES, Stroke, blank, label_ends, styled

MARKERS = ("o", "s", "^", "D")
ONE = Stroke("grey", "-", "dimgrey")


@styled
def plot_scaling(rows: Sequence[Mapping[str, Any]], *, title: str) -> Figure:
    """Speed-up by sharing each batch: measured (with markers), and by the cost model (thin).

    Args:
        rows: as ``benchmarks/distributed.py`` writes them: ``model``, ``batch_size`` (samples of
            the whole batch) and the seconds of an iteration ``alone``, ``half``, ``together``, and
            of the ``exchange``.
        title: the figure's message.

    Raises:
        ValueError: for no rows, or more than four models.
    """
    models = list(dict.fromkeys(row["model"] for row in rows))
    if not 1 <= len(models) <= len(STROKES):
        raise ValueError(f"plot_scaling draws 1 to {len(STROKES)} models, not {len(models)}")
    fig, (ax,) = blank(height=4.0)
    ends = []
    for model, stroke, marker in zip(models, STROKES, MARKERS, strict=False):
        own = [row for row in rows if row["model"] == model]
        sizes = [row["batch_size"] for row in own]
        measured = [row["alone_seconds"] / row["together_seconds"] for row in own]
        expected = [
            row["alone_seconds"] / (row["half_seconds"] + row["exchange_seconds"]) for row in own
        ]
        ax.plot(sizes, measured, stroke.dash, color=stroke.line, marker=marker, markersize=5)
        ax.plot(sizes, expected, stroke.dash, color=stroke.line, linewidth=0.8, alpha=0.7)
        ends.append((sizes[-1], measured[-1], model, stroke))
    every_size = sorted({row["batch_size"] for row in rows})
    ax.plot(every_size, [1] * len(every_size), ONE.dash, color=ONE.line, linewidth=1)
    ends.append((every_size[-1], 1.0, "one process", ONE))
    ax.set_xscale("log", base=2)
    ax.set_xticks(every_size)
    ax.xaxis.set_major_formatter("{x:.0f}")
    ax.set(xlabel="samples in the whole batch", ylabel="speed-up by a second process", title=title)
    ax.set_ylim(bottom=0)
    label_ends(ax, ends)
    return fig
