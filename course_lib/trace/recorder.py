"""The recorder's heart: where events come together, with the iteration and who took part."""

import functools
import sys
import threading
import traceback
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

from course_lib.trace.events import Event, Thing, Where
from course_lib.trace.late_reading import LateReading
from course_lib.trace.where import LineFinder

_WORK = frozenset({"forward", "loss", "backward", "step"})
_FROM_THE_STACK: Any = object()
# A batch may serve several rounds: a GAN's critic sees it more than once from one line. From so
# many on, somebody goes round and round on one batch, and each round is an iteration.
_ROUNDS_OF_A_BATCH = 4
_F = TypeVar("_F", bound=Callable[..., Any])


class Recorder:
    """Collects the events of one ``with record()`` block, in one thread.

    Watchers call :meth:`emit`; what they learn only later they write into ``event.numbers``.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.things: list[Thing] = []
        self.lost = 0
        self.surprises: list[str] = []
        self.thread = threading.get_ident()
        self.finder = LineFinder()
        self.late = LateReading()
        self.enclosing: list[Event] = []
        self.in_backward = False
        self.iteration = 0
        self._drew = self._worked = self._learned = False
        self._rounds: dict[tuple[Any, ...], int] = {}  # of a line, in this iteration
        self._ids: dict[int, tuple[Callable[[], Any], Thing]] = {}
        self._names: dict[str, int] = {}
        self._open_steps: list[tuple[Event, FrameType]] = []

    def here(self) -> bool:
        """Whether an observation may be made: in the recorded thread, not in a graph capture."""
        return threading.get_ident() == self.thread and not self.in_backward

    def emit(
        self,
        kind: str,
        who: dict[str, int] | None = None,
        where: Where | None = _FROM_THE_STACK,
        **numbers: Any,
    ) -> Event:
        """Add an event; ``where`` is found from the stack unless given."""
        if self._open_steps:
            self._forget_broken_steps()
        if where is _FROM_THE_STACK:
            where = self.finder.where(sys._getframe(1))
        who = {} if who is None else who
        if kind == "batch":
            if self._worked or not self._drew:
                self._begin_iteration()
            self._drew = True
        elif kind in _WORK:
            self._count(kind, where, who)
        within = self.enclosing[-1].index if self.enclosing else None
        event = Event(len(self.events), kind, self.iteration, where, who, numbers, within)
        self.events.append(event)
        return event

    def _begin_iteration(self) -> None:
        self.iteration += 1
        self._drew = self._worked = self._learned = False
        self._rounds.clear()

    def _count(self, kind: str, where: Where | None, who: dict[str, int]) -> None:
        """Begin a new iteration where a round repeats without a new batch."""
        if kind == "forward" or kind == "step":
            place = (kind, id(where), *who.values())  # the finder keeps one object for each line
            before = self._rounds.get(place, 0)
            if not self.enclosing:
                often = _ROUNDS_OF_A_BATCH if self._drew else 1
                if self.iteration == 0 or (self._learned and before >= often):
                    self._begin_iteration()
                    before = 0
            self._rounds[place] = before + 1
        self._worked = True
        if kind == "backward" or kind == "step":
            self._learned = True

    def thing(self, kind: str, it: Any) -> tuple[Thing, bool]:
        """The Thing that stands for ``it``, and whether it is new."""
        known = self._ids.get(id(it))
        if known is not None and known[0]() is it:
            return known[1], False
        thing = self.named(kind, type(it).__name__)
        self._ids[id(it)] = (reference(it), thing)
        return thing, True

    def adopt(self, it: Any, thing: Thing) -> None:
        """``it`` takes the place of an object that is gone, with the same content."""
        self._ids[id(it)] = (reference(it), thing)

    def named(self, kind: str, name: str) -> Thing:
        """A new Thing; the second of the same name is ``Net 2``."""
        count = self._names[name] = self._names.get(name, 0) + 1
        thing = Thing(len(self.things), kind, name if count == 1 else f"{name} {count}")
        self.things.append(thing)
        return thing

    def id_of(self, it: Any) -> int | None:
        """The id that ``it`` has already, if any."""
        known = self._ids.get(id(it))
        return known[1].id if known is not None and known[0]() is it else None

    def enter(self, event: Event) -> None:
        """What follows happens within ``event``."""
        self.enclosing.append(event)

    def leave(self, event: Event) -> None:
        """``event`` is over, and whatever an exception left open in it."""
        if event in self.enclosing:
            del self.enclosing[self.enclosing.index(event) :]

    # A step is seen through hooks, and no hook tells that a step raised; its frame does.
    @property
    def stepping(self) -> bool:
        """Whether an optimizer's step is under way (or was broken off just now)."""
        return bool(self._open_steps)

    def is_stepping(self, optimizer: int) -> bool:
        """Whether this optimizer's step is under way."""
        if self._open_steps:
            self._forget_broken_steps()
        return any(event.who["optimizer"] == optimizer for event, _ in self._open_steps)

    def open_step(self, event: Event, frame: FrameType) -> None:
        """``optimizer.step`` begins, in the given frame."""
        self.enclosing.append(event)
        self._open_steps.append((event, frame))

    def close_step(self, frame: FrameType) -> Event | None:
        """The step that runs in this frame ends."""
        for place, (event, opened) in enumerate(self._open_steps):
            if opened is frame:
                del self._open_steps[place:]
                self.leave(event)
                return event
        return None

    def _forget_broken_steps(self) -> None:
        running: set[FrameType] = set()
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            running.add(frame)
            frame = frame.f_back
        for event, opened in list(self._open_steps):
            if opened not in running:
                event.numbers.setdefault("raised", "Exception")
                self.close_step(opened)

    def raised(self, event: Event, error: BaseException) -> None:
        """Note the exception that ended what the event tells of."""
        event.numbers["raised"] = type(error).__name__
        event.numbers["message"] = str(error)[:300]

    def surprised(self) -> None:
        """An observation failed: the loop must not notice, but the trace must say so."""
        self.lost += 1
        if len(self.surprises) < 3:
            self.surprises.append(traceback.format_exc(limit=-4))


def observing(method: _F) -> _F:
    """An observation of a watcher (with ``self.recorder``): it never raises into the loop."""

    @functools.wraps(method)
    def observe(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except Exception:
            self.recorder.surprised()
            return None

    return observe  # type: ignore[return-value]


def reference(it: Any) -> Callable[[], Any]:
    """A weak reference, where ``it`` allows one."""
    try:
        return weakref.ref(it)
    except TypeError:  # a list of batches, a tuple: nothing that a trace keeps alive for long
        return lambda: it
