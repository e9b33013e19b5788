"""When a run is saved: every so many batches, at the end of each epoch, and at its best."""

from typing import Any, Protocol

from course_lib.checkpoint.content import pack_objects
from course_lib.checkpoint.folder import CheckpointFolder


class Saveable(Protocol):
    """What the schedule needs to know of a run."""

    epoch: int
    batch: int
    best_val_loss: float
    model: Any

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides how the run goes on."""

    def load_state_dict(self, content: dict[str, Any], source: str) -> None:
        """Continue from ``content``; CheckpointError if it does not fit."""

    def require_finite_weights(self) -> None:
        """Raise if a weight is not finite."""


class CheckpointSchedule:
    """Saves a run into ``folder``; without a folder it never saves anything.

    Args:
        folder: where to.
        every: also save in the middle of an epoch, after so many batches (at the first weight
            update from there); None: only at the end of each epoch.
    """

    def __init__(self, folder: CheckpointFolder | None, every: int | None) -> None:
        if every is not None and every < 1:
            raise ValueError(f"checkpoint_every is {every}; give at least 1 batch, or None.")
        if every is not None and folder is None:
            raise ValueError("checkpoint_every needs checkpoint_dir, the folder to write to.")
        self.folder = folder
        self.every = every
        self._saved_at = 0  # batches of this epoch that the newest checkpoint has

    def start(self, run: Saveable, *, resume: bool) -> None:
        """Resume the newest good checkpoint, or save the start of a new run.

        The start is saved so that a run killed before its first regular checkpoint, too, resumes
        with the same weights and random numbers.
        """
        if self.folder is None:
            if resume:
                raise ValueError("resume=True needs checkpoint_dir, the folder to resume from.")
            return
        if resume and self.folder.load_newest(run.load_state_dict):
            self._saved_at = run.batch
            return
        self.folder.set_aside_earlier_run()
        self.save(run, checked=True)  # weights that are not finite show at the first batch

    def after_batch(self, run: Saveable) -> None:
        """Save if it is time. To be called only when no gradient waits for its update."""
        if self.every is not None and run.batch // self.every > self._saved_at // self.every:
            self.save(run)

    def save_best(self, run: Saveable, *, best: bool) -> None:
        """Save the model apart if this epoch is the best so far."""
        if best and self.folder is not None:
            extra = {"epoch": run.epoch, "val_loss": run.best_val_loss}
            self.folder.save_best({**pack_objects(run.model), "extra": extra})

    def after_epoch(self, run: Saveable) -> None:
        """Save at the end of an epoch, whatever the validation loss was."""
        self.save(run, checked=True)

    def save(self, run: Saveable, *, checked: bool = False) -> None:
        """Save now. A state with a weight that is not finite raises instead of being saved."""
        if self.folder is None:
            return
        if not checked:
            run.require_finite_weights()
        self.folder.save(run.state_dict(), run.epoch, run.batch)
        self._saved_at = run.batch
