"""The data itself: rows of images under their names."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

IN_A_ROW = 8  # more would leave no room for the names


def plot_images(images: Tensor, names: Sequence[str], *, title: str) -> Figure:
    """Grey images (N×28×28, 0 to 1), each under its name, in as few even rows as they fit.

    Raises ValueError where there is not one name for each image.
    """
    if len(images) != len(names):
        raise ValueError(f"Give one name for each image: {len(images)} images, {len(names)} names.")
    rows = math.ceil(len(images) / IN_A_ROW)
    lines = max(name.count("\n") for name in names)  # a name may have a second line
    fig = Figure(figsize=(7.6, 0.3 + (1.4 + 0.15 * lines) * rows), layout="constrained")
    axes = list(fig.subplots(rows, math.ceil(len(images) / rows), squeeze=False).flat)
    for ax in axes:
        ax.set_axis_off()
    for ax, image, name in zip(axes, images, names, strict=False):
        ax.imshow(
            image.numpy(force=True), cmap="gray_r", vmin=0, vmax=1
        )  # clothes dark on a light page
        ax.set_title(name, fontsize=9, fontweight="normal", loc="center", pad=4)
    fig.suptitle(title, x=0.01, ha="left")
    return fig
