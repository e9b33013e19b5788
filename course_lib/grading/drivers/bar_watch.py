"""Watching progress bars while an answer runs.

All front ends of tqdm (tqdm, tqdm.auto, tqdm.notebook, trange …) are subclasses of
``tqdm.std.tqdm``, so watching that class sees them all, wherever and whenever they were imported.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from course_lib.grading.drivers.bar_screen import Terminal
from course_lib.grading.drivers.bars import Bars

_LONGEST_WAIT = 10.0  # seconds: the networks here are done sooner, so nobody waits for a bar


@contextlib.contextmanager
def watching_bars() -> Iterator[Bars]:
    """Watch every bar that is made meanwhile; nothing of them reaches a screen."""
    from tqdm.std import tqdm

    out, err = Terminal(), Terminal()
    bars = Bars(out, err)
    make, iterate, update = tqdm.__init__, tqdm.__iter__, tqdm.update
    printer = tqdm.status_printer

    def watched_printer(file: Any) -> Callable[[str], None]:
        return bars.screens.printer(printer(file), file)

    def watched_make(self: Any, *args: Any, **kwargs: Any) -> None:
        if _is_short(kwargs.get("delay")):
            kwargs["delay"] = 0
        make(self, *args, **kwargs)
        _draw_at_once(self)
        bars.add(self)

    def watched_iterate(self: Any) -> Iterator[Any]:
        return bars.iterate(self, iterate(self))

    def watched_update(self: Any, n: Any = 1) -> Any:
        bars.update(self, n)
        return update(self, n)

    interval = tqdm.monitor_interval
    tqdm.monitor_interval = 0  # no thread that redraws
    tqdm.__init__, tqdm.__iter__, tqdm.update = watched_make, watched_iterate, watched_update
    tqdm.status_printer = staticmethod(watched_printer)
    try:
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            _watching_displays(bars.displayed),
        ):
            yield bars
    finally:
        tqdm.__init__, tqdm.__iter__, tqdm.update = make, iterate, update
        tqdm.status_printer = staticmethod(printer)
        tqdm.monitor_interval = interval


def _draw_at_once(bar: Any) -> None:
    """Without tqdm's pauses: what it would show a tenth of a second later, it shows now."""
    if not bar.disable and _is_short(bar.mininterval):
        bar.mininterval = 0.0
        if bar.dynamic_miniters:
            bar.miniters, bar.dynamic_miniters = 1, False


def _is_short(seconds: Any) -> bool:
    return isinstance(seconds, (int, float)) and 0 <= seconds <= _LONGEST_WAIT


@contextlib.contextmanager
def _watching_displays(displayed: list[Any]) -> Iterator[None]:
    """Note which containers the front end for notebooks displays."""
    try:
        with warnings.catch_warnings(action="ignore"):
            from tqdm import notebook
    except ImportError:
        yield
        return
    display = notebook.display

    def watched_display(*shown: Any, **kwargs: Any) -> Any:
        displayed.extend(shown)
        return display(*shown, **kwargs)

    notebook.display = watched_display
    try:
        yield
    finally:
        notebook.display = display
