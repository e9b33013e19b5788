"""Where the runs of the lab are made: in a thread while somebody watches, else in the call."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from course_lib.history import History
from course_lib.widgets.live_training.progress import State
from course_lib.widgets.live_training.threads import run_here, start, take_over
from course_lib.widgets.live_training.worker import Worker


class Bench:
    """Trains one worker at a time and has it drawn; ``draw`` is called from a drawing thread."""

    def __init__(self, draw: Callable[[], None]) -> None:
        self._draw = draw
        self._worker: Worker | None = None
        self._threads: list[threading.Thread] = []

    @property
    def history(self) -> History:
        """The latest run's finished epochs."""
        return History() if self._worker is None else self._worker.history

    @property
    def paused(self) -> bool:
        """Whether the run under way has been asked to pause."""
        return self._worker is not None and self._worker.paused

    def train(self, worker: Worker) -> None:
        """Start ``worker`` and return; whatever trained before, here or elsewhere, is stopped."""
        self._worker = worker
        before = take_over(worker)
        # one torch thread: networks this small gain nothing from a second, and lose much
        self._threads = start(worker, self._draw, before, torch_threads=1)

    def train_here(self, worker: Worker, seconds: float) -> None:
        """Train ``worker`` before returning, for at most ``seconds``."""
        self._worker = worker
        run_here(worker, take_over(worker), seconds)
        self._draw()

    def pause_or_go_on(self) -> None:
        """Hold the run before its next batch, or let it continue."""
        if self._worker is not None:
            self._worker.go_on() if self._worker.paused else self._worker.pause()

    def stop(self) -> None:
        """End the run when the batch under way is finished."""
        if self._worker is not None and not self._worker.over.is_set():
            self._worker.stop()

    def wait(self) -> None:
        """Wait for the end of the run and its last drawing."""
        for thread in self._threads:
            thread.join()

    @property
    def traceback(self) -> str:
        """Where the latest run failed; empty for a run that did not, or that ended in a NaN."""
        if self._worker is None or self._worker.progress.frame().state is not State.FAILED:
            return ""
        return "" if self._worker.progress.frame().broke is not None else self._worker.traceback


def nobody_watches() -> bool:
    """Whether this is a build or a test: the environment variable ``COURSE_HEADLESS`` is 1."""
    return os.environ.get("COURSE_HEADLESS") == "1"
