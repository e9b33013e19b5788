"""What the widgets of one visual call, one call at a time.

A press and a moved slider may come together: newer kernels handle the messages of two widgets in
two threads (subshells, seen with ipykernel 7 under JupyterLab 4.6), and Play has a third.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any


def in_turn(lock: threading.RLock, act: Callable[..., Any]) -> Callable[..., Any]:
    """``act``, called only while ``lock`` is held; the visual's own, so that it can be nested."""

    @functools.wraps(act)
    def called(*args: Any) -> Any:
        with lock:
            return act(*args)

    return called
