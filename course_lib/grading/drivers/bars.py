"""Which progress bars an answer shows, and what they say while it trains.

All front ends of tqdm (tqdm, tqdm.auto, tqdm.notebook, trange …) are subclasses of
``tqdm.std.tqdm``, so watching that class sees them all, wherever and whenever they were imported.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Collection, Iterator
from typing import Any

_LONGEST = 300
_LONGEST_DELAY = 10.0  # seconds: the networks here are done sooner, so none is waited for


class Terminal(io.StringIO):
    """Swallows what is printed; says that it is a terminal, so that no bar hides itself."""

    def isatty(self) -> bool:
        """True."""
        return True


class Bars:
    """The bars so far, and a snapshot of each at the moments that were asked for."""

    def __init__(self, screens: Collection[Any] = ()) -> None:
        self._screens = screens
        self._bars: list[Any] = []  # kept alive: a bar that is collected closes itself
        self._disabled: list[bool] = []
        self._finished: list[int] = []  # items that iterating over the bar has brought to an end
        self._by_hand: list[float] = []  # what update() has added
        self._inside: set[int] = set()  # bars that are just advancing by themselves
        self._snapshots: list[list[dict[str, Any]]] = []
        self._texts: dict[Callable[[str], None], int] = {}  # by a bar's printer, onto a screen

    def printer(self, show: Callable[[str], None], screen: Any) -> Callable[[str], None]:
        """Show a bar's text as ``show`` does; of a real screen, remember that there was some."""

        def watched_show(text: str) -> None:
            self._texts[watched_show] = self._texts.get(watched_show, 0) + bool(text.strip())
            show(text)

        return watched_show if any(_bare(screen) is one for one in self._screens) else show

    def add(self, bar: Any) -> None:
        """A bar was made."""
        if self._index(bar) is None:
            self._bars.append(bar)
            self._disabled.append(bool(bar.disable))
            self._finished.append(0)
            self._by_hand.append(0)

    def iterate(self, bar: Any, items: Iterator[Any]) -> Iterator[Any]:
        """The items of a bar's own loop; counts those that are done with."""
        index = self._index(bar)
        if index is None:
            yield from items
            return
        while True:
            self._inside.add(index)
            try:
                item = next(items)
            except StopIteration:
                return
            finally:
                self._inside.discard(index)
            yield item
            self._finished[index] += 1

    def update(self, bar: Any, by: Any) -> None:
        """The bar's update() was called."""
        index = self._index(bar)
        if index is not None and index not in self._inside:
            self._by_hand[index] += float(by or 0)

    def snapshot(self) -> None:
        """Note what each bar says now."""
        self._snapshots.append([self._now(index) for index in range(len(self._bars))])

    def __len__(self) -> int:
        """The number of moments noted."""
        return len(self._snapshots)

    def told(self) -> list[dict[str, Any]]:
        """For each bar: its total; whether it is closed, was disabled, was shown; snapshots."""
        return [
            {
                "total": _number(getattr(bar, "total", None)),
                "closed": self._closed(index),
                "disabled": self._disabled[index],
                "shown": self._shown(index),
                "iterated": self._finished[index],
                "by_hand": self._by_hand[index],
                "snapshots": [
                    at[index] if index < len(at) else None for at in self._snapshots[:200]
                ],
            }
            for index, bar in enumerate(self._bars[:50])
        ]

    def _shown(self, index: int) -> bool:
        from tqdm.std import tqdm

        bar = self._bars[index]
        own = vars(bar)
        if "container" in own:  # a notebook's
            return bool(own.get("displayed"))
        if "sp" in own:
            begun_and_ended = bar.leave and not bar.delay and self._closed(index)
            return self._texts.get(own["sp"], 0) >= (2 if begun_and_ended else 1)
        return isinstance(bar, tqdm)  # of another front end, which has no such printer

    def _now(self, index: int) -> dict[str, Any]:
        bar = self._bars[index]
        postfix = getattr(bar, "postfix", None)
        return {
            "n": max(_number(bar.n) or 0.0, self._finished[index]),
            "description": str(getattr(bar, "desc", "") or "")[:_LONGEST],
            "postfix": "" if postfix is None else str(postfix)[:_LONGEST],
            "closed": self._closed(index),
        }

    def _closed(self, index: int) -> bool:
        return bool(self._bars[index].disable) and not self._disabled[index]

    def _index(self, bar: Any) -> int | None:
        return next((i for i, known in enumerate(self._bars) if known is bar), None)


@contextlib.contextmanager
def watching_bars() -> Iterator[Bars]:
    """Watch every bar that is made meanwhile; nothing of them reaches a screen."""
    from tqdm.std import tqdm

    out, err = Terminal(), Terminal()
    bars = Bars((out, err, sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__))
    make, iterate, update = tqdm.__init__, tqdm.__iter__, tqdm.update
    printer = tqdm.status_printer

    def watched_printer(file: Any) -> Callable[[str], None]:
        return bars.printer(printer(file), file)

    def watched_make(self: Any, *args: Any, **kwargs: Any) -> None:
        if 0 < (_number(kwargs.get("delay")) or 0) <= _LONGEST_DELAY:
            kwargs["delay"] = 0
        make(self, *args, **kwargs)
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
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            yield bars
    finally:
        tqdm.__init__, tqdm.__iter__, tqdm.update = make, iterate, update
        tqdm.status_printer = staticmethod(printer)
        tqdm.monitor_interval = interval


def _bare(file: Any) -> Any:
    """A file as it was given to a bar, out of what tqdm puts around it."""
    while "_wrapped" in getattr(file, "__dict__", {}):
        file = file.__dict__["_wrapped"]
    return file


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
