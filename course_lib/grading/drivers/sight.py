"""What of a figure a person can see: what changes the picture when it is left out."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.lines import Line2D

_DPI = 50  # enough to tell whether there is something
_NOTICEABLE = 12  # levels of 255 by which a pixel has to change
_LEAST_SIDE = 50  # pixels
_MARGIN, _LARGEST = 0.1, 60.0  # inches

Pixels = np.ndarray[Any, Any]


class Sight:
    """Looks at a figure as it is now, and leaves it so.

    Args:
        figure: a figure, on screen or closed.
    """

    def __init__(self, figure: Any) -> None:
        self._figure = figure

    def sees(self, artist: Any) -> bool:
        """Whether a part of the figure can be seen."""
        if min(self._figure.get_size_inches()) * self._figure.dpi < _LEAST_SIDE:
            return False
        with contextlib.suppress(ValueError, RuntimeError, OverflowError):  # it cannot be drawn
            whole = self._within
            with _left_out(artist):
                without = self._drawn()
            if _differ(whole, without):
                return True
            # Rarely needed, and slower: a notebook shows what lies beyond the figure's edges, too.
            whole = self._with_all_around
            with _left_out(artist):
                without = self._saved()
            return _differ(whole, without)
        return False

    @cached_property
    def _within(self) -> Pixels:
        return self._drawn()

    @cached_property
    def _with_all_around(self) -> Pixels:
        return self._saved()

    def _drawn(self) -> Pixels:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        figure = self._figure
        canvas, dpi = figure.canvas, figure.dpi
        try:
            figure.dpi = _DPI
            drawing = FigureCanvasAgg(figure)
            drawing.draw()
            return _on_white(np.asarray(drawing.buffer_rgba()))
        finally:
            figure.dpi = dpi
            figure.set_canvas(canvas)

    def _saved(self) -> Pixels:
        file = io.BytesIO()
        self._figure.savefig(file, format="rgba", dpi=_DPI, bbox_inches=self._frame)
        return _on_white(np.frombuffer(file.getbuffer(), "uint8"))

    @cached_property
    def _frame(self) -> Any:
        """Around all that is drawn. Raises ValueError where that is beyond any screen."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        canvas = self._figure.canvas
        try:
            renderer = FigureCanvasAgg(self._figure).get_renderer()
            frame = self._figure.get_tightbbox(renderer).padded(_MARGIN)
        finally:
            self._figure.set_canvas(canvas)
        if not max(frame.width, frame.height) < _LARGEST:
            raise ValueError("the figure is too large")
        return frame


@contextlib.contextmanager
def _left_out(artist: Any) -> Iterator[None]:
    """Without a part; a line is made transparent, for a legend chooses its place by the lines."""
    name, gone = ("alpha", 0.0) if isinstance(artist, Line2D) else ("visible", False)
    before = getattr(artist, f"get_{name}")()
    getattr(artist, f"set_{name}")(gone)
    try:
        yield
    finally:
        getattr(artist, f"set_{name}")(before)


def _on_white(pixels: Pixels) -> Pixels:
    """Red, green and blue of all pixels in a row, as they are on a white page."""
    each = pixels.reshape(-1, 4).astype("float32")
    opaque = each[:, 3:] / 255
    return np.asarray(each[:, :3] * opaque + 255 * (1 - opaque))


def _differ(whole: Pixels, without: Pixels) -> bool:
    return whole.shape == without.shape and bool((np.abs(whole - without) > _NOTICEABLE).any())
