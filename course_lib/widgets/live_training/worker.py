"""Trains in a thread that can be paused and stopped between two batches.

Only :class:`threading.Event` objects cross from the buttons to the loop, because a button's
callback may run in any thread and must return at once.
"""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Callable

import torch

from course_lib.history import History
from course_lib.non_finite import NonFiniteLossError
from course_lib.progress import BatchProgress, StopTraining
from course_lib.widgets.live_training import words
from course_lib.widgets.live_training.progress import Progress, State

Train = Callable[..., History]


class Worker:
    """One run of ``train(on_batch=…, on_epoch=…)`` that listens to Pause, Continue and Stop.

    ``train`` is :func:`course_lib.train_model` with everything but the two callbacks filled in;
    ``on_batch`` and ``on_epoch`` are the caller's own. ``changed`` is set whenever there is
    something to draw, ``over`` when nothing more will come.
    """

    def __init__(
        self,
        train: Train,
        model: torch.nn.Module,
        progress: Progress,
        on_batch: Callable[[BatchProgress], None] | None = None,
        on_epoch: Callable[[History], None] | None = None,
    ) -> None:
        self.progress = progress
        self.history = History()
        self.error: BaseException | None = None
        self.traceback = ""
        self.changed = threading.Event()
        self.over = threading.Event()
        self._train, self._model = train, model
        self._on_batch, self._on_epoch = on_batch, on_epoch
        self._stop, self._go = threading.Event(), threading.Event()
        self._go.set()
        self._reason = ""

    # ---- what a reader may ask for ----

    def pause(self) -> None:
        """Hold the run before its next batch."""
        self._go.clear()
        self._ask(State.PAUSING)

    def go_on(self) -> None:
        """Let a held run continue with exactly the next batch."""
        self._go.set()
        self._ask(State.RUNNING)

    def stop(self, reason: str = "") -> None:
        """End the run when the batch under way is finished, also during validation."""
        self._reason = self._reason or reason
        self._stop.set()
        self._go.set()
        self._ask(State.STOPPING)

    @property
    def paused(self) -> bool:
        """True from the request to pause until the request to continue."""
        return not self._go.is_set()

    def _ask(self, state: State) -> None:
        self.progress.enter(State.STOPPING if self._stop.is_set() else state)
        self.changed.set()

    # ---- the thread ----

    def run(self) -> None:
        """Train until done, stopped or failed; what went wrong is kept in ``error``, not raised."""
        if not self._stop.is_set() and self._go.is_set():
            self.progress.enter(State.RUNNING)
        # Validation calls none of our functions, so the model itself asks before each batch.
        gate = self._model.register_forward_pre_hook(lambda *_: self._wait_or_stop())
        try:
            self.history = self._train(on_batch=self._after_batch, on_epoch=self._after_epoch)
            self.progress.epoch_done(self.history)
            self.progress.enter(State.STOPPED if self._stop.is_set() else State.DONE, self._reason)
        except BaseException as error:  # the thread has no one above it who could be told
            self.error, self.traceback = error, traceback.format_exc()
            if isinstance(error, NonFiniteLossError):
                self.progress.broke_in(error.epoch, error.batch)
                self.progress.enter(State.FAILED, words.no_number(error))
            self.progress.enter(State.FAILED, words.failure(error))  # unless it is over already
        finally:
            gate.remove()
            self.over.set()
            self.changed.set()

    def _after_batch(self, batch: BatchProgress) -> None:
        self.progress.batch_done(batch)
        self.changed.set()
        if self._on_batch is not None:
            self._on_batch(batch)
        if self._stop.is_set():
            raise StopTraining

    def _after_epoch(self, history: History) -> None:
        self.history = history
        self.progress.epoch_done(history)
        self.changed.set()
        if self._on_epoch is not None:
            self._on_epoch(history)

    def _wait_or_stop(self) -> None:
        if not self._go.is_set():
            self._ask(State.PAUSED)
            self._go.wait()
            self._ask(State.RUNNING)
        if self._stop.is_set():
            raise StopTraining


def threads_beside_a_browser() -> int:
    """Torch threads for a run that is watched: one core stays free for the kernel and the page."""
    return max(1, min(torch.get_num_threads(), (os.cpu_count() or 1) - 1))
