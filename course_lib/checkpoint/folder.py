"""A folder of checkpoints: the last few, and the best one apart."""

import contextlib
import errno
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_lib.atomic_file import remove_leftovers
from course_lib.checkpoint.files import (
    CheckpointError,
    MismatchedCheckpointError,
    read_checkpoint,
    write_checkpoint,
)

_NAME = re.compile(r"epoch-(\d+)-batch-(\d+)\.pt")
BEST = "best.pt"


class CheckpointFolder:
    """Periodic checkpoints ``epoch-0003-batch-000120.pt`` (3 epochs and 120 batches done).

    Args:
        folder: made on the first save.
        keep_last: how many periodic checkpoints stay, at least 1; ``best.pt`` always stays.
    """

    def __init__(self, folder: str | Path, keep_last: int = 3) -> None:
        if keep_last < 1:
            raise ValueError(f"keep_last is {keep_last}; keep at least 1 checkpoint.")
        self.folder = Path(folder)
        self.keep_last = keep_last

    def saved(self) -> list[Path]:
        """The periodic checkpoints, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(filter(_position, self.folder.iterdir()), key=_position)

    def save(self, content: dict[str, Any], epoch: int, batch: int) -> Path | None:
        """Write one periodic checkpoint, then drop the oldest beyond ``keep_last``.

        If the disk is full, a warning says so, the older checkpoints stand, and the run goes on:
        returns None.
        """
        path = self.folder / f"epoch-{epoch:04d}-batch-{batch:06d}.pt"
        if not self._write(path, content):
            return None
        older = [p for p in self.saved() if p != path]
        # Later ones belong to a future that was left, past a damaged checkpoint: drop them first.
        older.sort(key=lambda p: (_position(p) < (epoch, batch), _position(p)))
        for old in older[: max(0, len(older) - self.keep_last + 1)]:
            with contextlib.suppress(OSError):  # Windows keeps a file that somebody reads
                old.unlink()
        return path

    def save_best(self, content: dict[str, Any]) -> Path | None:
        """Write ``best.pt``; like :meth:`save` where the disk is full."""
        path = self.folder / BEST
        return path if self._write(path, content) else None

    def _write(self, path: Path, content: dict[str, Any]) -> bool:
        try:
            write_checkpoint(path, content)
        except OSError as error:
            reason = "the disk is full" if error.errno == errno.ENOSPC else str(error)
            warnings.warn(
                f"The checkpoint {path} could not be written ({reason}). Training goes on; the "
                "older checkpoints are untouched.",
                RuntimeWarning,
                stacklevel=2,
            )
            return False
        return True

    def load_newest(self, accept: Callable[[dict[str, Any], str], None]) -> bool:
        """Offer the newest checkpoint to ``accept(content, path)``; False if there is none.

        A checkpoint that cannot be read, or that ``accept`` refuses with CheckpointError, is
        passed over with a warning for the one before it. Raises CheckpointError if none will do,
        to begin again without a word would hide the loss, and at once if ``accept`` raises
        MismatchedCheckpointError.
        """
        remove_leftovers(self.folder)
        refusals: list[str] = []
        for path in reversed(self.saved()):
            try:
                accept(read_checkpoint(path), str(path))
            except MismatchedCheckpointError:
                raise  # to go on from an older one would lose what this one holds
            except CheckpointError as error:
                refusals.append(str(error))
                continue
            for refusal in refusals:
                warnings.warn(
                    f"{refusal} Resumed from {path.name} instead.", RuntimeWarning, stacklevel=3
                )
            return True
        if refusals:
            raise CheckpointError(
                " ".join(refusals) + " To begin again, give another checkpoint_dir."
            )
        return False

    def set_aside_earlier_run(self) -> Path | None:
        """Move what an earlier run left into ``earlier-N``, so that a new run cannot drop it.

        Raises CheckpointError where that is not allowed.
        """
        remove_leftovers(self.folder)
        earlier = [*self.saved(), *filter(Path.exists, [self.folder / BEST])]
        if not earlier:
            return None
        number = 1
        while (self.folder / f"earlier-{number}").exists():
            number += 1
        aside = self.folder / f"earlier-{number}"
        try:
            aside.mkdir()
            for path in earlier:
                path.rename(aside / path.name)
        except OSError as error:
            raise CheckpointError(
                f"{self.folder} holds checkpoints of an earlier run, which could not be moved to "
                f"{aside.name} ({error.strerror}): give another checkpoint_dir, or resume=True to "
                "go on with that run."
            ) from None
        return aside


def _position(path: Path) -> tuple[int, int] | tuple[()]:
    match = _NAME.fullmatch(path.name)
    return (int(match[1]), int(match[2])) if match else ()
