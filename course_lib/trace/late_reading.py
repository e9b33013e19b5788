"""Reading numbers without waiting for the device each time: on a GPU, many in one transfer."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Take = Callable[[list[float]], None]

_TOGETHER = 256


class LateReading:
    """Small tensors that wait to be read, in the order they came in."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Tensor, Take]] = []

    def read(self, numbers: Tensor, take: Take) -> None:
        """Call ``take`` with the values: at once where they are in main memory, else later.

        ``numbers`` must be the recorder's own: a result, or a copy of what others may change.
        """
        if numbers.device.type == "cpu" and not self._waiting:
            take(numbers.reshape(-1).tolist())
            return
        self._waiting.append((numbers.detach(), take))
        if len(self._waiting) >= _TOGETHER:
            self.flush()

    def note(self, numbers: dict[str, Any], name: str, value: Tensor | float | None) -> None:
        """Write ``value`` to ``numbers[name]``, now or when it has been read."""
        if isinstance(value, Tensor):
            self.read(value, lambda values: numbers.update({name: values[0]}))
        else:
            numbers[name] = value

    def read_after(self, take: Callable[[], None]) -> None:
        """Call ``take`` once everything that waits now has been read."""
        if not self._waiting:
            take()
        else:
            self._waiting.append((self._waiting[-1][0].new_empty(0), lambda _: take()))

    def flush(self) -> None:
        """Read all that wait, with one transfer for each device."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        values: dict[int, list[float]] = {}
        for device in {numbers.device for numbers, _ in waiting}:
            places = [i for i, (numbers, _) in enumerate(waiting) if numbers.device == device]
            flat = [waiting[i][0].reshape(-1).to(_widest(device)) for i in places]
            together = torch.cat(flat).tolist()
            start = 0
            for place, part in zip(places, flat, strict=True):
                values[place] = together[start : start + part.numel()]
                start += part.numel()
        for place, (_, take) in enumerate(waiting):
            take(values[place])


def _widest(device: torch.device) -> torch.dtype:
    return torch.float32 if device.type == "mps" else torch.float64
