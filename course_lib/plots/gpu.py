"""What a GPU's memory is filled with, and which gradients 16 bits can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from matplotlib.figure import Figure
from torch import Tensor

from course_lib.plots.style import STROKES, TEST, TRAIN, VALIDATION, blank, styled

HATCHES = ("", "//", "..", "xx")


@styled
def plot_memory(networks: Mapping[str, Mapping[int, Mapping[str, float]]], *, title: str) -> Figure:
    """Bytes of training by part, as stacked bars in MB against batch size; one panel a network.

    Args:
        networks: for each network and each batch size the bytes of each part, in the same order
            everywhere; at most four parts.
        title: the figure's message.

    Raises:
        ValueError: for no network, no batch size, or more than four parts.
    """
    if not networks or not all(networks.values()):
        raise ValueError("plot_memory needs at least one network with one batch size")
    if any(
        len(parts) > len(STROKES) for by_size in networks.values() for parts in by_size.values()
    ):
        raise ValueError(f"plot_memory draws at most {len(STROKES)} parts of the memory")
    fig, axes = blank(7.8, 3.8, columns=len(networks))
    for ax, (name, by_size) in zip(axes, networks.items(), strict=True):
        below = [0.0] * len(by_size)
        for number, part in enumerate(next(iter(by_size.values()))):
            heights = [parts[part] / 1e6 for parts in by_size.values()]
            ax.bar(
                range(len(by_size)), heights, bottom=below, label=part, linewidth=0.5,
                color=STROKES[number].line, hatch=HATCHES[number], edgecolor="white",
            )  # fmt: skip
            below = [low + height for low, height in zip(below, heights, strict=True)]
        ax.set_xticks(range(len(by_size)), [f"{size:,}" for size in by_size])
        ax.set(xlabel="batch size", ylabel="MB", title=name)
    handles, names = axes[0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside lower center", ncols=len(names), frameon=False)
    fig.suptitle(title, x=0.01, ha="left")
    return fig


@styled
def plot_gradient_range(gradients: Tensor, *, scale: float, title: str) -> Figure:
    """How large gradients are, before and after scaling, beside what float16 can hold.

    Args:
        gradients: of any shape; zeros are left out.
        scale: the factor of the loss scaling, positive.
        title: the figure's message.

    Raises:
        ValueError: where no gradient is left, or the scale is not positive.
    """
    sizes = gradients.detach().abs().flatten()
    sizes = sizes[sizes > 0].double().log10()
    if not len(sizes) or scale <= 0:
        raise ValueError("plot_gradient_range needs gradients that are not 0 and a positive scale")
    lowest = math.log10(float(torch.finfo(torch.float16).smallest_normal) * 2**-10 / 2)
    highest = math.log10(torch.finfo(torch.float16).max)
    moved = math.log10(scale)
    left = math.floor(min(float(sizes.min()), lowest)) - 0.5
    right = math.ceil(max(float(sizes.max()) + moved, highest)) + 0.5
    fig, (ax,) = blank(height=3.4)
    for low, high, words in (
        (left, lowest, "becomes 0"), (highest, right, "∞"),
    ):  # fmt: skip
        ax.axvspan(low, high, color="lightgrey", alpha=0.6)
        ax.annotate(
            words, ((low + high) / 2, 0.95), xycoords=("data", "axes fraction"), ha="center",
            color="dimgrey",
        )  # fmt: skip
    width = (right - left) / 60
    edges = [left + width * step for step in range(61)]
    for shift, name, stroke in ((0.0, "as they are", VALIDATION), (moved, "scaled", TRAIN)):
        ax.hist(
            (sizes + shift).tolist(), edges, histtype="step", color=stroke.line, label=name,
            linestyle=stroke.dash, linewidth=1.6,
        )  # fmt: skip
    ax.annotate(
        "float16 holds", ((lowest + highest) / 2, 0.95), xycoords=("data", "axes fraction"),
        ha="center", color=TEST.text,
    )  # fmt: skip
    ax.xaxis.set_major_formatter(lambda value, _: f"$10^{{{value:.0f}}}$")
    ax.legend(loc="center left", frameon=False)
    ax.set(xlabel="size of a gradient", ylabel="how many", title=title)
    ax.set_xlim(left, right)
    ax.set_ylim(top=1.15 * ax.get_ylim()[1])  # room for the words above the curves
    return fig
