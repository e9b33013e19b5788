"""What a live run knows about itself, as plain values: no widgets, no threads of its own.

The training loop reports to a :class:`Progress`; whoever draws asks it for a :class:`Frame`, one
consistent moment of the run that nothing changes afterwards.
"""

from __future__ import annotations

import enum
import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_lib.progress import BatchProgress

TRACE_POINTS = 240  # of the faint line of batch losses; keeps the SVG at a few kilobytes


class State(enum.Enum):
    """Where a run is. ``PAUSING`` and ``STOPPING`` last until the batch under way is finished."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """True when the run will do nothing more."""
        return self in (State.STOPPED, State.DONE, State.FAILED)


@dataclass(frozen=True)
class Frame:
    """One moment of a run: everything that a drawing or a sentence may use.

    ``epoch`` and ``batch`` count from 1; ``batch`` is 0 before the first one, ``num_batches`` 0
    while it is not known. The curves, ``lr`` and ``grad_norm`` among them, hold one entry for each
    *finished* epoch. ``trace`` holds (position in epochs, loss of that batch) pairs, a sample of
    the batches. ``note`` says why a run ended early or failed, in one sentence. ``score`` is None
    where a task has no accuracy. ``broke`` holds epoch and batch (None if unknown) in which the
    training loss stopped being a finite number and ended the run.
    """

    num_epochs: int
    state: State = State.WAITING
    epoch: int = 1
    batch: int = 0
    num_batches: int = 0
    batch_loss: float | None = None
    train_loss: tuple[float, ...] = ()
    val_loss: tuple[float, ...] = ()
    score: tuple[float | None, ...] = ()
    score_name: str = "accuracy"
    lr: tuple[float, ...] = ()
    grad_norm: tuple[float, ...] = ()
    trace: tuple[tuple[float, float], ...] = ()
    note: str = ""
    broke: tuple[int, int | None] | None = None

    @property
    def epochs_done(self) -> int:
        """Epochs that were trained *and* validated."""
        return len(self.val_loss)

    @property
    def validating(self) -> bool:
        """True between an epoch's last batch and its result."""
        return 0 < self.num_batches == self.batch and self.epoch > self.epochs_done

    @property
    def gap(self) -> float | None:
        """Validation loss minus training loss of the last finished epoch."""
        return self.val_loss[-1] - self.train_loss[-1] if self.val_loss else None

    @property
    def blew_up(self) -> float | None:
        """Where, in epochs, a loss was first no finite number; None for a sound run."""
        for epoch, losses in enumerate(zip(self.train_loss, self.val_loss, strict=False), 1):
            if not all(map(math.isfinite, losses)):
                return epoch
        if self.broke is None:
            return None
        epoch, batch = self.broke
        share = batch / self.num_batches if batch and self.num_batches else 1.0
        return min(epoch - 1 + share, self.num_epochs)

    @property
    def best_epoch(self) -> int | None:
        """Epoch (from 1) of the lowest validation loss; None while there is no finite one."""
        finite = [
            (loss, epoch) for epoch, loss in enumerate(self.val_loss, 1) if math.isfinite(loss)
        ]
        return min(finite)[1] if finite else None


class Progress:
    """Collects what the loop reports; every method may be called from any thread."""

    def __init__(self, num_epochs: int, score_name: str = "accuracy") -> None:
        self._lock = threading.Lock()
        self._frame = Frame(num_epochs, score_name=score_name)
        self._batch: BatchProgress | None = None
        self._seen: BatchProgress | None = None
        self._trace: list[tuple[float, float]] = []
        #: look at the batches of the trace by itself: for a run that nobody draws while it trains
        self.unwatched = False

    def batch_done(self, batch: BatchProgress) -> None:
        """Remember the batch. Its loss is not read at once: on a GPU that makes the loop wait."""
        self._batch = batch
        if self.unwatched and self._due(batch):
            self.frame()

    def epoch_done(self, history: Mapping[str, Sequence[Any]]) -> None:
        """Copy the curves of all finished epochs from ``history``."""
        losses = (history.get(key, ()) for key in ("train_loss", "val_loss"))
        train, val = (tuple(float(x) for x in curve) for curve in losses)
        score = tuple(None if x is None else float(x) for x in history.get("val_accuracy", ()))
        curves: dict[str, Any] = {"train_loss": train, "val_loss": val, "score": score}
        for key in ("lr", "grad_norm"):
            curves[key] = tuple(math.nan if x is None else float(x) for x in history.get(key, ()))
        if self._batch is None:  # a resumed run may have no batch left to train
            curves["epoch"] = max(1, len(val))
        self._change(**curves)

    def enter(self, state: State, note: str = "") -> None:
        """Move to ``state``; a run that is over stays as it ended."""
        with self._lock:
            if not self._frame.state.over:
                self._frame = replace(self._frame, state=state, note=note or self._frame.note)

    def broke_in(self, epoch: int, batch: int | None) -> None:
        """Remember where the training loss stopped being a finite number."""
        self._change(broke=(epoch, batch))

    def frame(self) -> Frame:
        """The run at this moment. Reads the latest batch's loss: call it at the drawing rate."""
        with self._lock:
            batch = self._batch
            if batch is not None and batch is not self._seen:
                self._seen = batch
                self._look_at(batch)
            return self._frame

    def _look_at(self, batch: BatchProgress) -> None:
        loss = float(batch.loss)
        if self._due(batch):
            self._trace.append((_position(batch), loss))
        self._frame = replace(
            self._frame,
            epoch=batch.epoch,
            batch=batch.batch,
            num_batches=batch.num_batches or 0,
            batch_loss=loss,
            trace=tuple(self._trace),
        )

    def _due(self, batch: BatchProgress) -> bool:
        """Whether the trace, evenly spaced over the whole run, wants this batch."""
        if not batch.num_batches:  # nobody knows how far into the epoch this batch is
            return False
        spacing = (1 - 1e-9) * self._frame.num_epochs / TRACE_POINTS
        return not self._trace or _position(batch) >= self._trace[-1][0] + spacing

    def _change(self, **values: Any) -> None:
        with self._lock:
            self._frame = replace(self._frame, **values)


def _position(batch: BatchProgress) -> float:
    """How far the run is after this batch, in epochs."""
    assert batch.num_batches, "asked of batches of a known epoch only"
    return batch.epoch - 1 + batch.batch / batch.num_batches
