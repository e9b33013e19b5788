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
        if self.is_at_hand(numbers):
            take(numbers.tolist() if numbers.dim() == 1 else numbers.reshape(-1).tolist())
            return
        self._waiting.append((numbers.detach(), take))
        if len(self._waiting) >= _TOGETHER:
            self.flush()

    def read_now(self, number: Tensor, take: Callable[[float], None]) -> None:
        """Call ``take`` with what a 0-d tensor of the reader's holds now."""
        if self.is_at_hand(number):
            take(number.item())
        else:
            self.read(number.detach().clone(), lambda values: take(values[0]))

    def note(self, numbers: dict[str, Any], name: str, value: Tensor | float | None) -> None:
        """Write ``value``, a result of the recorder's, to ``numbers[name]``, now or later."""
        if isinstance(value, Tensor):
            self.read(value, lambda values: numbers.update({name: values[0]}))
        else:
            numbers[name] = value

    def note_now(self, numbers: dict[str, Any], name: str, number: Tensor) -> None:
        """Write what a 0-d tensor of the reader's holds now to ``numbers[name]``."""
        self.read_now(number, lambda value: numbers.update({name: value}))

    def is_at_hand(self, numbers: Tensor) -> bool:
        """Whether they can be read at once: in main memory, and none waits that came before."""
        return numbers.is_cpu and not self._waiting

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
