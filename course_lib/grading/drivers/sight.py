"""What of a figure a person can see: what changes the picture when it is left out."""

from __future__ import annotations

from typing import Any

import numpy as np

_DPI = 50  # enough to tell whether there is something
_NOTICEABLE = 12  # levels of 255 by which a pixel has to change


class Sight:
    """Looks at a figure as it is now, and leaves it so.

    Args:
        figure: a figure, on screen or closed.
    """

    def __init__(self, figure: Any) -> None:
        self._figure = figure
        self._whole = self._picture()

    def sees(self, artist: Any) -> bool:
        """Whether a part of the figure can be seen."""
        if self._whole is None:
            return False
        was_visible = artist.get_visible()
        artist.set_visible(False)
        try:
            without = self._picture()
        finally:
            artist.set_visible(was_visible)
        if without is None or without.shape != self._whole.shape:
            return False
        return bool((np.abs(self._whole - without) > _NOTICEABLE).any())

    def _picture(self) -> np.ndarray[Any, Any] | None:
        """Pixels, as signed numbers; None where it cannot be drawn at all."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        figure = self._figure
        canvas, dpi = figure.canvas, figure.dpi
        try:
            figure.dpi = _DPI
            drawing = FigureCanvasAgg(figure)
            drawing.draw()
            # On white, as a notebook's page is.
            pixels = np.asarray(drawing.buffer_rgba()).astype("float32")
            opaque = pixels[..., 3:] / 255
            return np.asarray(pixels[..., :3] * opaque + 255 * (1 - opaque))
        except (ValueError, RuntimeError, OverflowError):  # no size, or one beyond any screen
            return None
        finally:
            figure.dpi = dpi
            figure.set_canvas(canvas)
