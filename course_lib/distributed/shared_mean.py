"""The mean of the training loss over all ranks."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.non_finite import NonFiniteValue, WatchedMean


class SharedMean(WatchedMean):
    """The mean over all ranks' samples.

    A value that is not finite is noted and objected to at the epoch's end, by all ranks together:
    one that left at once would leave the others waiting.

    Args:
        own: of so many samples of the newest batch, how many are this rank's own.
        total: sums of numbers over all ranks.
    """

    def __init__(self, own: Callable[[int], int], total: Callable[..., list[float]]) -> None:
        super().__init__()
        self._own, self._total_over_ranks = own, total
        self._spoilt = False

    def add(self, value: Tensor | float, samples: int) -> None:
        """Count one batch with as many of its samples as are this rank's own."""
        own = self._own(samples)
        super().add(value if own else torch.zeros_like(torch.as_tensor(value)), own)

    def see(self, value: float) -> None:
        """Note a value that is not finite."""
        self._spoilt = self._spoilt or value - value != 0

    def value(self) -> float | None:
        """The mean over all ranks' samples so far. Called by all of them."""
        self.read()
        spoilt, total, samples = self._total_over_ranks(self._spoilt, self.total, self.samples)
        if spoilt:
            self._spoilt = False
            raise NonFiniteValue(None)
        return total / samples if samples else None
