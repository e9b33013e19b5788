"""A confusion matrix as a figure: which class is taken for which."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from course_lib.plots.style import blank, styled

MANY = 0.55  # of the largest count: darker cells take white figures
RIGHT = "#0072B2"


@styled
def plot_confusion(matrix: Tensor, classes: Sequence[str], *, title: str) -> Figure:
    """Counts by true class (row) and predicted class (column); what is right is framed.

    Args:
        matrix: C×C counts, from ``course_lib.confusion_matrix``.
        classes: the C names.
        title: the figure's message.

    Raises:
        ValueError: for a matrix that has not one row and one column for each class.
    """
    counts = matrix.tolist()
    size = len(classes)
    if tuple(matrix.shape) != (size, size):
        raise ValueError(f"{size} classes need a {size}×{size} matrix, not {tuple(matrix.shape)}")
    fig, (ax,) = blank(7.2, 6.2)
    largest = max(1, int(matrix.max()))
    ax.imshow(counts, cmap="Greys", vmin=0, vmax=largest)
    ax.grid(False)
    for row in range(size):
        for column in range(size):
            count = counts[row][column]
            if not count:
                continue  # an empty cell is read faster than a 0
            colour = "white" if count > MANY * largest else "#1F2328"
            ax.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=9)
        corner = (row - 0.5, row - 0.5)
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=RIGHT, linewidth=1.5))
    ax.set_xticks(range(size), classes, rotation=40, ha="right")
    ax.set_yticks(range(size), classes)
    ax.set(xlabel="the network says", ylabel="it is", title=title)
    return fig
