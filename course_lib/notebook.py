"""What every notebook needs: the one setup, and figures that carry their alt text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import torch

from course_lib.alt_text import in_words
from course_lib.device import describe_device, get_device
from course_lib.seeding import seed_everything

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHARPNESS = 2  # pixels of a picture per pixel of the page, for dense screens


def setup(seed: int = 0) -> None:
    """Seed every generator, set the plot style and print one line on the device and the versions.

    Args:
        seed: For Python, NumPy and torch; the same seed gives the same notebook.
    """
    from course_lib import plots

    seed_everything(seed)
    plots.use_style()
    device = get_device()
    print(f"Ready on {describe_device(device)} · torch {torch.__version__} · seed {seed}")


def show(fig: Figure, alt: str) -> None:
    """Show a matplotlib figure below the cell, with its alt text, and close it.

    The alt text goes where notebooks keep it, into the metadata of the picture, and is the
    output's plain text as well. JupyterLab and nbconvert's pages read neither, so a line under
    the picture unfolds it, too: every reader can reach it everywhere.

    Args:
        fig: The figure; closed afterwards, so that a notebook that draws many keeps none open.
        alt: One or two sentences that tell what the figure shows to a reader who cannot see it.

    Raises:
        ValueError: alt has fewer than three words.
    """
    from IPython.display import display
    from matplotlib import pyplot

    if len(alt.split()) < 3:
        raise ValueError(f"Say in a sentence what the figure shows; alt={alt!r} is too short.")
    picture = io.BytesIO()
    fig.savefig(picture, format="png", dpi=SHARPNESS * fig.dpi, bbox_inches="tight")
    pyplot.close(fig)
    png = _in_few_colours(picture)
    width = int.from_bytes(png[16:20], "big") // SHARPNESS  # bytes 16 to 20 of a PNG: its width
    display(
        {"image/png": png, "text/plain": alt},
        metadata={"image/png": {"alt": alt, "width": width}},
        raw=True,
    )
    display(in_words(alt), raw=True)


def _in_few_colours(picture: io.BytesIO) -> bytes:
    """The same picture as a PNG with a palette: a third of the bytes, and notebooks stay small.

    The new file names no version of matplotlib: the same figure gives the same bytes.
    """
    from PIL import Image

    smaller = io.BytesIO()
    colours = Image.open(picture).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    colours.save(smaller, format="PNG", optimize=True)
    return smaller.getvalue()
