"""Runs take turns: one trains at a time, in a thread of its own, and a second thread draws it."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable

import torch

from course_lib.widgets.live_training import words
from course_lib.widgets.live_training.painter import paint
from course_lib.widgets.live_training.worker import Worker

THREAD_NAMES = "live training", "live drawing"

_latest: Worker | None = None  # the only run that may be training
_swap = threading.Lock()  # buttons of two widgets may be pressed in two threads


def take_over(worker: Worker) -> Worker | None:
    """Make ``worker`` the run that may train; the one before is asked to stop, and returned."""
    global _latest
    with _swap:
        before, _latest = _latest, worker
    if before is not None:
        before.stop(words.ANOTHER_RUN)
    return before


def start(
    worker: Worker, draw: Callable[[], None], before: Worker | None, torch_threads: int
) -> list[threading.Thread]:
    """Train in one thread and draw in another; the run ``before`` leaves first."""

    def train() -> None:
        if before is not None:
            before.over.wait()
        outside = torch.get_num_threads()
        torch.set_num_threads(torch_threads)
        worker.run()
        torch.set_num_threads(outside)  # the number that threads started later inherit

    drawing = (draw, worker.changed, worker.over)
    threads = [
        threading.Thread(target=train, name=THREAD_NAMES[0], daemon=True),
        threading.Thread(target=paint, args=drawing, name=THREAD_NAMES[1], daemon=True),
    ]
    for thread in threads:
        thread.start()
    return threads


def run_here(worker: Worker, before: Worker | None, seconds: float) -> None:
    """Train in this thread, at most ``seconds`` long: for where nobody watches."""
    if before is not None:
        before.over.wait()
    worker.progress.unwatched = True
    alarm = threading.Timer(seconds, worker.stop, [words.BUDGET.format(seconds=seconds)])
    alarm.start()
    try:
        worker.run()
    finally:
        alarm.cancel()
        alarm.join()


@atexit.register
def _leave_at_exit() -> None:
    # A daemon thread that is inside torch, or on its way out of it, while the interpreter goes down
    # aborts the process (seen: 134). So wait for the threads themselves, not for their last word.
    if _latest is not None:
        _latest.stop()
    for thread in threading.enumerate():
        if thread.name in THREAD_NAMES:
            thread.join(10.0)
