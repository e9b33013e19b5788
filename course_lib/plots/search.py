"""Training as a search, in pictures: where the update rule walks, and why a network is harder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from course_lib.plots.style import TEST, TRAIN, VALIDATION, Stroke, blank

INK = "#1F2328"
MINUS = Stroke(TEST.line, "-", TEST.text)  # green is the update's hue
PLUS = Stroke(VALIDATION.line, "--", VALIDATION.text)


def plot_search(paths: Mapping[str, Tensor], x: Tensor, y: Tensor) -> Figure:
    """The loss of a line ŷ = w·x + b over (w, b), and the paths that two searches walk there.

    Args:
        paths: for ``"minus"`` and ``"plus"``, the sign of the update: rows of (w, b, loss).
        x, y: the points, each N×1.
    """
    fig, (ax,) = blank(7.2, 4.2)
    w, b = np.linspace(-2.6, 4.2, 120), np.linspace(-2.2, 2.2, 100)
    grid_w, grid_b = np.meshgrid(w, b)
    errors = grid_w[..., None] * x.numpy().ravel() + grid_b[..., None] - y.numpy().ravel()
    _contours(ax, w, b, (errors**2).mean(axis=-1))
    for name, stroke, marker in (("minus", MINUS, "o"), ("plus", PLUS, "s")):
        path = paths[name]
        inside = path[(path[:, 0] > w[0]) & (path[:, 1] < b[-1])]  # plus soon leaves the picture
        ax.plot(
            inside[:, 0], inside[:, 1], stroke.dash, color=stroke.line, marker=marker, markersize=4
        )
        _name(ax, inside[min(len(inside) - 1, 6)], name, (10, 4), stroke.text)
    start, end = paths["minus"][0], paths["minus"][-1]
    ax.plot(start[0], start[1], "o", color=INK, markersize=7)
    _name(ax, start, "start", (-42, -4), INK)
    ax.plot(end[0], end[1], "*", color=INK, markersize=13)
    _name(ax, end, "least squares", (8, -15), INK)
    ax.set(
        xlabel="w", ylabel="b", title="Minus walks to the least-squares answer, plus away from it"
    )
    return fig


def plot_valleys(loss: Callable[[float, float], float]) -> Figure:
    """The loss of ŷ = v·tanh(w·x) over (w, v), and on the way from (−2, −1) to (2, 1)."""
    fig, (above, profile) = blank(7.6, 3.5, columns=2)
    w, v = np.linspace(-4, 4, 61), np.linspace(-2, 2, 61)
    _contours(above, w, v, np.array([[loss(a, c) for a in w] for c in v]))
    above.plot([-2, 2], [-1, 1], PLUS.dash, color=PLUS.line)
    above.plot([-2, 2], [-1, 1], "o", color=INK, markersize=7)
    above.set(xlabel="w", ylabel="v")
    way = np.linspace(-1, 1, 81)
    profile.plot(way, [loss(2 * t, t) for t in way], PLUS.dash, color=PLUS.line)
    profile.plot([-1, 1], [0, 0], "o", color=INK, markersize=7, clip_on=False, zorder=3)
    profile.set(ylim=(0, None), ylabel="loss on the dashed way", xlabel="(w, v)")
    profile.set_xlim(-1.25, 1.25)  # room for the words under the ends
    profile.set_xticks([-1, 0, 1], ["(−2, −1)", "(0, 0)", "(2, 1)"])
    fig.suptitle(
        "One hidden unit: two perfect valleys, and a ridge between them", x=0.01, ha="left"
    )
    return fig


def plot_difference_error(steps: Sequence[float], errors: Mapping[str, Sequence[float]]) -> Figure:
    """Relative error of a finite difference against its step, one line for each precision.

    Args:
        steps: the step ε of each finite difference, in falling order.
        errors: for each precision's name one relative error a step; 0 is drawn as the smallest
            difference from 1 that float64 knows.
    """
    fig, (ax,) = blank(7.2, 3.5)
    smallest = torch.finfo(torch.float64).eps
    strokes = ((TRAIN, "o"), (MINUS, "s"))
    for (name, values), (stroke, marker) in zip(errors.items(), strokes, strict=True):
        heights = [max(value, smallest) for value in values]
        ax.loglog(steps, heights, stroke.dash, color=stroke.line, marker=marker, markersize=4)
        _name(ax, (steps[-1], heights[-1]), name, (0, 7), stroke.text)
    ax.set(xlabel="step ε", ylabel="relative error of the slope", ylim=(None, 20))
    ax.set_title("The best step is small, but not the smallest")
    return fig


def _contours(ax: Axes, across: np.ndarray, up: np.ndarray, heights: np.ndarray) -> None:
    """Lines of equal loss, closer together where it is low, darker where it is high."""
    levels = np.linspace(0, 1, 12) ** 2 * heights.max()
    ax.contourf(across, up, heights, levels=levels, cmap="Greys", alpha=0.35)
    ax.contour(across, up, heights, levels=levels[1:], colors=INK, linewidths=0.5, alpha=0.5)
    ax.grid(False)


def _name(
    ax: Axes, place: Sequence[float] | Tensor, text: str, offset: tuple[float, float], colour: str
) -> None:
    x, y = float(place[0]), float(place[1])
    ax.annotate(text, (x, y), offset, textcoords="offset points", color=colour, fontweight="bold")
