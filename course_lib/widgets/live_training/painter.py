"""Draws what has changed, at most so often a second, and always the last frame."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FRAMES_PER_SECOND = 25  # smooth to the eye; a browser keeps up with twice as many


def paint(
    draw: Callable[[], None],
    changed: threading.Event,
    over: threading.Event,
    frames_per_second: float = FRAMES_PER_SECOND,
) -> None:
    """Draw until ``over`` is set, then once more.

    Runs in a thread of its own, so that neither the training loop waits for the drawing nor a
    button for the end of a long batch. ``changed`` must be set whenever there is something to
    draw, and once more after ``over``.
    """
    while not over.is_set():
        changed.clear()
        began = time.monotonic()
        draw()
        over.wait(began + 1 / frames_per_second - time.monotonic())
        changed.wait()
    draw()
