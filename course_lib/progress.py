"""What a run tells those who watch it: a progress bar, and the caller's own functions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from course_lib.history import History


class StopTraining(Exception):  # noqa: N818  a request, not an error
    """Raise it in ``on_batch`` or ``on_epoch``: the run ends, ``train_model`` returns normally."""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """Where a run stands after a batch; all counted from 1.

    ``num_batches`` is None for a loader that does not know its length. ``loss`` is a 0-d tensor on
    the run's device: reading it (``.item()``) makes a GPU wait.
    """

    epoch: int
    num_epochs: int
    batch: int
    num_batches: int | None
    loss: Tensor


OnBatch = Callable[[BatchProgress], object]
OnEpoch = Callable[[History], object]


class ProgressBar:
    """One bar over all batches of the run, with the newest epoch's losses behind it."""

    def __init__(self, num_epochs: int, num_batches: int | None, *, shown: bool) -> None:
        self.num_epochs = num_epochs
        self.num_batches = num_batches
        self._bar: Any = None
        if shown:
            from tqdm.auto import tqdm  # here, so that importing the library stays quick

            total = None if num_batches is None else num_epochs * num_batches
            self._bar = tqdm(total=total, unit="batch", dynamic_ncols=True)

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def start_epoch(self, epoch: int, batch: int) -> None:
        """Show epoch ``epoch`` (from 0), of which ``batch`` batches are done."""
        if self._bar is None:
            return
        self._bar.set_description(f"Epoch {epoch + 1}/{self.num_epochs}", refresh=False)
        if self.num_batches is not None:
            self._bar.n = self._bar.initial = epoch * self.num_batches + batch
        self._bar.refresh()

    def batch_done(self) -> None:
        """Move the bar on by one batch."""
        if self._bar is not None:
            self._bar.update()

    def epoch_done(self, history: History) -> None:
        """Show the newest epoch's numbers behind the bar."""
        if self._bar is not None:
            newest = {key: history[key][-1] for key in ("train_loss", "val_loss", "val_accuracy")}
            self._bar.set_postfix(
                {key: f"{value:.4f}" for key, value in newest.items() if value is not None}
            )
