"""Which batch a forward pass or a loss worked on, told by content and by order."""

import math
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import Tensor

from course_lib.trace.events import Event
from course_lib.trace.fingerprint import Fingerprint, compare, fingerprint
from course_lib.trace.recorder import Recorder
from course_lib.trace.roles import Roles

_RECENT = 6
_TENSORS = 4  # of a batch
_MANY = 100_000  # batches whose fingerprints are remembered


class Batch:
    """A batch event and the fingerprints of its tensors, once read."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.tensors: list[weakref.ref[Tensor]] = []
        self.versions: list[int] = []
        self.prints: list[Fingerprint] = []

    def place_of(self, tensor: Tensor) -> int | None:
        """Which of its tensors this one is, if nobody wrote to it since."""
        for place, reference in enumerate(self.tensors):
            if reference() is tensor and _version(tensor) == self.versions[place]:
                return place
        return None

    def tell(self, place: int, take: Callable[[Fingerprint], None]) -> None:
        """Give ``take`` the fingerprint of one of its tensors."""
        take(self.prints[place])


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

        def take(seen: Fingerprint) -> None:
            if not batch.prints:
                key = (event.who["loader"], *_rounded(seen))
                event.numbers["seen_before"] = self._seen.get(key, 0)
                if len(self._seen) < _MANY:
                    self._seen[key] = self._seen.get(key, 0) + 1
            batch.prints.append(seen)

        for tensor in tensors[:_TENSORS]:
            if _comparable(tensor):
                batch.tensors.append(weakref.ref(tensor))
                batch.versions.append(_version(tensor))
                self._read(tensor, take)

    def match_inputs(
        self, event: Event, inputs: Sequence[Tensor], take: Callable[[Fingerprint], None]
    ) -> None:
        """Find the batch that a forward pass works on; ``take`` gets the inputs' fingerprint."""
        self._match_first(event, inputs, "inputs", take)

    def match_targets(self, event: Event, targets: Sequence[Tensor]) -> None:
        """Compare what a loss got as targets with those of the batch."""
        self._match_first(event, targets, "targets", lambda _: None)

    def _match_first(
        self,
        event: Event,
        tensors: Sequence[Tensor],
        what: str,
        take: Callable[[Fingerprint], None],
    ) -> None:
        event.numbers[what] = None
        event.numbers["batch"] = event.numbers["role"] = None
        first = next((t for t in tensors if _comparable(t)), None)
        if first is None:
            return
        self._match(event, first, what, take)
        if event.numbers["role"] is None:
            event.numbers["role"] = self.roles.of_tensor(first)

    def _match(
        self, event: Event, tensor: Tensor, what: str, take: Callable[[Fingerprint], None]
    ) -> None:
        numbers = event.numbers
        candidates = [batch for batch in self._recent if self._is_near(batch, event)]
        latest = candidates[-1] if candidates else None
        numbers["batch"] = None if latest is None else latest.event.index
        numbers["role"] = None if latest is None else latest.event.numbers.get("role")

        for batch in reversed(candidates):
            place = batch.place_of(tensor)
            if place is not None:
                numbers[what] = "same"
                numbers["batch"] = batch.event.index
                numbers["role"] = batch.event.numbers.get("role")
                self.recorder.late.read_after(partial(batch.tell, place, take))
                return

        def found(seen: Fingerprint) -> None:
            take(seen)
            for same in ("same", "permuted"):
                for batch in reversed(candidates):
                    if any(compare(seen, known) == same for known in batch.prints):
                        numbers[what] = same
                        numbers["batch"] = batch.event.index
                        numbers["role"] = batch.event.numbers.get("role")
                        return
            if latest is not None and latest.prints:
                numbers[what] = "other"

        self._read(tensor, found)

    def _is_near(self, batch: Batch, event: Event) -> bool:
        return event.iteration - batch.event.iteration < _RECENT

    def _read(self, tensor: Tensor, take: Callable[[Fingerprint], None]) -> None:
        samples = len(tensor)
        self.recorder.late.read(
            fingerprint(tensor), lambda v: take((samples, float(v[0]), float(v[1])))
        )


def _comparable(tensor: Tensor) -> bool:
    return tensor.dim() > 0 and tensor.numel() > 0 and not tensor.is_complex()


def _rounded(seen: Fingerprint) -> tuple[int, int, int]:
    samples, *sums = seen
    first, second = (round(s * 1e5) if math.isfinite(s) else 0 for s in sums)
    return samples, first, second


def number_of(content: Any, name: str) -> int | None:
    """``content.name`` where it is a whole number."""
    value = getattr(content, name, None)
    return value if isinstance(value, int) else None


def _version(tensor: Tensor) -> int:
    """Grows with every change in place; tensors made in inference mode do not count theirs."""
    return 0 if tensor.is_inference() else tensor._version
