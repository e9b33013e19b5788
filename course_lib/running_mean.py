"""The exact mean over samples, kept without making the device wait."""

import math
from typing import Any

import torch
from torch import Tensor

# So many unread values are kept before they are read in the middle of an epoch: far more than
# most epochs have batches, and at 512 bytes each on a GPU no more than 32 MiB.
MOST_PENDING = 65_536


class RunningMean:
    """Mean over *samples* of values that are each a mean over one batch.

    The mean of batch means is wrong when the last batch is smaller, so each value counts as often
    as its batch has samples. Values stay on their device until :meth:`value` reads them all in
    one transfer: reading each one (``.item()``) would make a GPU wait at every iteration.
    The sum runs in float64 and in the order of the batches, so that it is the same to the last
    bit wherever it was interrupted.
    """

    def __init__(self) -> None:
        self.total = 0.0
        self.samples = 0
        self.batches = 0
        self.last: Tensor | None = None  # the newest value, on its device
        self._pending: list[tuple[Tensor, int]] = []

    def add(self, value: Tensor | float, samples: int) -> None:
        """Count one batch: ``value`` is a number, the mean over its ``samples`` samples."""
        if not isinstance(value, Tensor):
            value = torch.tensor(value, dtype=torch.float64)
        self.last = value.detach()
        if value.device.type == "cpu":
            # Nobody waits here, and small tensors kept alive would split the heap: the allocator
            # then gives memory back and fetches it again at every batch.
            self._count(value.item(), samples)
            return
        self._pending.append((self.last, samples))
        if len(self._pending) >= MOST_PENDING:
            self.read()

    def read(self) -> None:
        """Bring the pending values from the device into the sum."""
        if not self._pending:
            return
        values = torch.stack([value for value, _ in self._pending]).tolist()
        for value, (_, samples) in zip(values, self._pending, strict=True):
            self._count(value, samples)
        self._pending.clear()

    def _count(self, value: float, samples: int) -> None:
        self.batches += 1
        self.see(value)
        self.total += value * samples
        self.samples += samples

    def see(self, value: float) -> None:
        """Called with each value as it is read; a subclass may object."""

    def value(self) -> float | None:
        """The mean over all samples so far; None if there were none."""
        self.read()
        return self.total / self.samples if self.samples else None

    def reset(self) -> None:
        """Start anew, for the next epoch."""
        self._pending.clear()
        self.total, self.samples, self.batches = 0.0, 0, 0

    def state_dict(self) -> dict[str, Any]:
        """The count so far, as plain data."""
        self.read()
        return {"total": self.total, "samples": self.samples, "batches": self.batches}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from what :meth:`state_dict` gave."""
        self.reset()
        self.total, self.samples = state["total"], state["samples"]
        self.batches = state["batches"]

    def __repr__(self) -> str:
        mean = self.value()
        return f"RunningMean({math.nan if mean is None else mean:.4g} over {self.samples} samples)"
