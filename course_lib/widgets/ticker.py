"""A clock for Play: calls a function at a steady pace in the background until told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import ClassVar


class Ticker:
    """Calls ``tick`` every ``seconds`` in a daemon thread, so that the cell returns at once.

    One ticker runs at a time: starting one stops the one before, so running a cell again leaves
    no forgotten thread playing into a picture that is gone.

    Args:
        tick: does one step; returns whether there is more to come.
        seconds: between two ticks; the first comes at once.
        when_stopped: called once when the ticking ends, for whatever reason.
    """

    _running: ClassVar[Ticker | None] = None
    _swap: ClassVar[threading.RLock] = threading.RLock()

    def __init__(
        self, tick: Callable[[], bool], seconds: float, when_stopped: Callable[[], None]
    ) -> None:
        self._tick, self._seconds, self._when_stopped = tick, seconds, when_stopped
        self._stop: threading.Event | None = None
        self._thread: threading.Thread | None = None

    @property
    def ticking(self) -> bool:
        """Whether more ticks are to come."""
        return self._stop is not None

    def start(self) -> None:
        """Begin to tick; does nothing if already ticking."""
        with Ticker._swap:
            if self.ticking:
                return
            if Ticker._running is not None:
                Ticker._running.stop()
            Ticker._running = self
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._stop,), daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Tick no more; does nothing if not ticking."""
        with Ticker._swap:
            self._end(self._stop)

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended (for tests)."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self, stop: threading.Event) -> None:
        try:
            while not stop.is_set() and self._tick():
                stop.wait(self._seconds)
        finally:
            with Ticker._swap:
                self._end(stop)

    def _end(self, stop: threading.Event | None) -> None:
        # a thread that ends late must not end the ticking that was started after it
        if stop is None or stop is not self._stop:
            return
        stop.set()
        self._stop = None
        if Ticker._running is self:
            Ticker._running = None
        self._when_stopped()
