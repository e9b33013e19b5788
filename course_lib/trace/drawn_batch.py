"""One batch that was drawn, and what is known of its tensors."""

import weakref
from collections.abc import Callable

from torch import Tensor

from course_lib.trace.events import Event
from course_lib.trace.fingerprint import Fingerprint, compare, fingerprint_now
from course_lib.trace.tensors import version_of


class Batch:
    """A batch event and the fingerprints of its tensors, once read.

    Mostly only that of the first is asked for: of the others, small ones are kept as copies, and
    their fingerprints taken when somebody asks.
    """

    def __init__(self, event: Event) -> None:
        self.event = event
        self.tensors: list[weakref.ref[Tensor]] = []
        self.versions: list[int] = []
        self._prints: list[Fingerprint | Tensor | None] = []

    def add(self, tensor: Tensor) -> None:
        """One more of its tensors; its fingerprint, or a copy of it, is to be put in its place."""
        self.tensors.append(weakref.ref(tensor))
        self.versions.append(version_of(tensor))
        self._prints.append(None)

    def put(self, place: int, known: Fingerprint | Tensor) -> None:
        """What is known of the tensor in this place."""
        self._prints[place] = known

    def place_of(self, tensor: Tensor) -> int | None:
        """Which of its tensors this one is, if nobody wrote to it since."""
        for place, reference in enumerate(self.tensors):
            if reference() is tensor and version_of(tensor) == self.versions[place]:
                return place
        return None

    def tell(self, place: int, take: Callable[[Fingerprint], None]) -> None:
        """Give ``take`` the fingerprint of one of its tensors."""
        known = self._prints[place]
        if isinstance(known, Tensor):
            known = self._prints[place] = fingerprint_now(known)
        if known is not None:
            take(known)

    def resembles(self, seen: Fingerprint) -> set[str]:
        """How its tensors compare with that fingerprint."""
        found: set[str] = set()
        for place in range(len(self._prints)):
            self.tell(place, lambda known: found.add(compare(seen, known)))
        return found
