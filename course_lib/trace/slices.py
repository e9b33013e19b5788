"""Which rows of a larger tensor a batch is, in loops that cut their batches without a loader."""

import weakref
from typing import Any

from torch import Tensor


class Slices:
    """Numbers the tensors that batches were cut from."""

    def __init__(self) -> None:
        self._numbers: dict[int, tuple[weakref.ref[Tensor], int]] = {}
        self._count = 0

    def of(self, batch: Tensor) -> dict[str, Any] | None:
        """``x[20:40]``: ``{"whole": number of x, "start": 20, "of": rows of x}``; None: a copy."""
        whole = batch._base
        if whole is None or batch.dim() == 0 or whole.shape[1:] != batch.shape[1:]:
            return None
        if whole.stride() != batch.stride() or whole.stride(0) == 0 or len(batch) == len(whole):
            return None
        offset = int(batch.storage_offset() - whole.storage_offset())
        start, rest = divmod(offset, whole.stride(0))
        return None if rest else {"whole": self._number(whole), "start": start, "of": len(whole)}

    def _number(self, whole: Tensor) -> int:
        known = self._numbers.get(id(whole))
        if known is not None and known[0]() is whole:
            return known[1]
        self._count += 1
        self._numbers[id(whole)] = weakref.ref(whole), self._count
        return self._count
