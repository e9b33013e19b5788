"""Which batch a forward pass or a loss worked on, told by content and by order."""

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor

from course_lib.trace.drawn_batch import Batch
from course_lib.trace.events import Event
from course_lib.trace.fingerprint import Fingerprint, fingerprint, fingerprint_now
from course_lib.trace.recorder import Recorder
from course_lib.trace.roles import Roles

_RECENT = 6
_TENSORS = 4  # of a batch
_SMALL = 4096  # elements: it costs less to copy them than to take their fingerprint
_MANY = 100_000  # batches whose fingerprints are remembered


class Batches:
    """The latest batches; what is fed to models and losses is compared with them."""

    def __init__(self, recorder: Recorder, roles: Roles) -> None:
        self.recorder = recorder
        self.roles = roles
        self._recent: deque[Batch] = deque(maxlen=_RECENT)
        self._seen: dict[tuple[int, int, int, int], int] = {}

    def drawn(self, event: Event, tensors: Sequence[Tensor]) -> None:
        """A batch was drawn."""
        batch = Batch(event)
        self._recent.append(batch)
        event.numbers["seen_before"] = 0
        for place, tensor in enumerate(filter(_comparable, tensors[:_TENSORS])):
            batch.add(tensor)
            if place == 0:
                self._read(tensor, partial(self._count_alike, batch))
            elif tensor.is_cpu and tensor.numel() <= _SMALL:
                batch.put(place, tensor.detach().clone())
            else:
                self._read(tensor, partial(batch.put, place))

    def _count_alike(self, batch: Batch, seen: Fingerprint) -> None:
        """The inputs' fingerprint is known: how often have they been drawn?"""
        batch.put(0, seen)
        key = (batch.event.who["loader"], *_rounded(seen))
        before = batch.event.numbers["seen_before"] = self._seen.get(key, 0)
        if len(self._seen) < _MANY:
            self._seen[key] = before + 1

    def match_inputs(
        self, event: Event, inputs: Sequence[Tensor], take: Callable[[Fingerprint], None]
    ) -> None:
        """Find the batch that a forward pass works on; ``take`` gets the inputs' fingerprint."""
        self._match_first(event, inputs, "inputs", take)

    def match_targets(self, event: Event, targets: Sequence[Tensor]) -> None:
        """Compare what a loss got as targets with those of the batch."""
        self._match_first(event, targets, "targets", None)

    def _match_first(
        self,
        event: Event,
        tensors: Sequence[Tensor],
        what: str,
        take: Callable[[Fingerprint], None] | None,
    ) -> None:
        numbers = event.numbers
        numbers[what] = numbers["batch"] = numbers["role"] = None
        for tensor in tensors:
            if _comparable(tensor):
                if not self._is_one_of_the_latest(event, tensor, what, take):
                    self._compare(event, tensor, what, take)
                if numbers["role"] is None:
                    numbers["role"] = self.roles.of_tensor(tensor)
                return

    def _near(self, event: Event) -> Iterator[Batch]:
        """The latest batch, the one before, …"""
        for batch in reversed(self._recent):
            if batch.event.iteration > event.iteration - _RECENT:
                yield batch

    def _is_one_of_the_latest(
        self, event: Event, tensor: Tensor, what: str, take: Callable[[Fingerprint], None] | None
    ) -> bool:
        """Whether the tensor is that of a batch itself."""
        for batch in self._near(event):
            place = batch.place_of(tensor)
            if place is not None:
                _note(event, what, "same", batch)
                if take is not None:
                    self.recorder.late.read_after(partial(batch.tell, place, take))
                return True
        return False

    def _compare(
        self, event: Event, tensor: Tensor, what: str, take: Callable[[Fingerprint], None] | None
    ) -> None:
        candidates = list(self._near(event))
        if candidates:
            _note(event, what, None, candidates[0])

        def found(seen: Fingerprint) -> None:
            if take is not None:
                take(seen)
            alike = [(batch, batch.resembles(seen)) for batch in candidates]
            for how in ("same", "permuted"):
                for batch, ways in alike:
                    if how in ways:
                        _note(event, what, how, batch)
                        return
            if alike and alike[0][1]:
                event.numbers[what] = "other"

        self._read(tensor, found)

    def _read(self, tensor: Tensor, take: Callable[[Fingerprint], None]) -> None:
        late, samples = self.recorder.late, tensor.shape[0]
        if late.is_at_hand(tensor):
            take(fingerprint_now(tensor))
        else:
            late.read(fingerprint(tensor), lambda v: take((samples, v[0], v[1])))


def _note(event: Event, what: str, how: str | None, batch: Batch) -> None:
    numbers = event.numbers
    numbers[what] = how
    numbers["batch"] = batch.event.index
    numbers["role"] = batch.event.numbers.get("role")


def _comparable(tensor: Tensor) -> bool:
    strided = tensor.layout is torch.strided
    return strided and tensor.dim() > 0 and tensor.numel() > 0 and not tensor.is_complex()


def _rounded(seen: Fingerprint) -> tuple[int, int, int]:
    samples, *sums = seen
    first, second = (round(s * 1e5) if math.isfinite(s) else 0 for s in sums)
    return samples, first, second
