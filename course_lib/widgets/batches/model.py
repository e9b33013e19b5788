"""Where the explorer stands in the loader's record, and how it moves: no widgets, no drawing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from course_lib.data import iterations_per_epoch
from course_lib.widgets.batches.record import (
    MAX_SAMPLES,
    Batch,
    LoaderSettings,
    record_loader,
)

State = Literal["current", "seen", "waiting"]


class BatchExplorer:
    """A place in the record of a loader.

    ``position`` counts the batches handed out: 0 before the first, epochs × K at the end.
    """

    def __init__(self, settings: LoaderSettings | None = None) -> None:
        self.settings = settings or LoaderSettings()
        self.record = record_loader(self.settings)
        self.position = 0

    @property
    def last(self) -> int:
        """The position after the last batch: the iterations in all."""
        return len(self.record.batches)

    @property
    def batches_per_epoch(self) -> int:
        """K, by the formula; a test compares it with the batches that the record holds."""
        now = self.settings
        return iterations_per_epoch(now.num_samples, now.batch_size, now.drop_last)

    @property
    def epoch(self) -> int:
        """The epoch that the batch in hand belongs to, from 1."""
        return max(self.position - 1, 0) // self.batches_per_epoch + 1

    @property
    def batch_number(self) -> int:
        """Which batch of its epoch is in hand, from 1; 0 before the first."""
        return self.position - (self.epoch - 1) * self.batches_per_epoch

    @property
    def batch(self) -> Batch:
        """The samples in hand, in the loader's order; none before the first step."""
        return self.record.batches[self.position - 1] if self.position else ()

    @property
    def seen(self) -> frozenset[int]:
        """Samples of this epoch's earlier batches."""
        earlier = self.record.epochs[self.epoch - 1][: max(self.batch_number - 1, 0)]
        return frozenset(sample for batch in earlier for sample in batch)

    @property
    def waiting(self) -> int:
        """Samples that this epoch has not used yet."""
        return self.settings.num_samples - len(self.seen) - len(self.batch)

    @property
    def epoch_is_over(self) -> bool:
        """Whether the batch in hand is its epoch's last."""
        return self.batch_number == self.batches_per_epoch

    @property
    def progress(self) -> float:
        """Share of this epoch's batches handed out, 0 to 1."""
        return self.batch_number / self.batches_per_epoch

    def state_of(self, sample: int) -> State:
        """Whether a sample is in the batch in hand, was in an earlier one, or is still to come."""
        if sample in self.batch:
            return "current"
        return "seen" if sample in self.seen else "waiting"

    def step(self) -> bool:
        """Hand out the next batch. False where the record ends."""
        return self.go_to(self.position + 1)

    def back(self) -> bool:
        """Take the last batch back. False at the start."""
        return self.go_to(self.position - 1)

    def finish_epoch(self) -> bool:
        """Hand out all batches up to the end of this epoch, or of the next if it is over."""
        finished = self.position // self.batches_per_epoch
        return self.go_to((finished + 1) * self.batches_per_epoch)

    def reset(self) -> bool:
        """Go back to the start. False if already there."""
        return self.go_to(0)

    def go_to(self, position: int) -> bool:
        """Go to the state after ``position`` batches. False where there is none, or no change."""
        moved = 0 <= position <= self.last and position != self.position
        if moved:
            self.position = position
        return moved

    def change(self, **settings: Any) -> bool:
        """Run a loader with other settings and stand at its start. False if nothing changes.

        Numbers out of range are moved to the nearest that is allowed; a batch never holds more
        samples than there are.
        """
        wanted = {name: getattr(self.settings, name) for name in ("num_samples", "batch_size")}
        wanted |= settings
        wanted["num_samples"] = min(max(wanted["num_samples"], 1), MAX_SAMPLES)
        wanted["batch_size"] = min(max(wanted["batch_size"], 1), wanted["num_samples"])
        new = replace(self.settings, **wanted)
        if new == self.settings:
            return False
        self.settings, self.record, self.position = new, record_loader(new), 0
        return True
