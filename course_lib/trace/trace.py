"""The record of a loop: a list of events."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, overload

from course_lib.trace.events import Event, Thing, Where
from course_lib.trace.table import table

_FORMAT = 1
_SHOWN = 60


class Trace(Sequence[Event]):
    """What a loop did, event by event.

    Attributes:
        events: the list itself; the trace is a sequence of these.
        things: models, optimizers, loaders, …: ``things[event.who["model"]]``.
        lost: observations that failed; 0 but for surprises, then ``surprises`` tells more.
    """

    def __init__(
        self,
        events: list[Event] | None = None,
        things: list[Thing] | None = None,
        lost: int = 0,
        surprises: list[str] | None = None,
    ) -> None:
        self.events = [] if events is None else events
        self.things = [] if things is None else things
        self.lost = lost
        self.surprises = [] if surprises is None else surprises

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> list[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | list[Event]:
        return self.events[index]

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trace):
            return NotImplemented
        return self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    @property
    def iterations(self) -> list[list[Event]]:
        """The events of each iteration, in order; those before the first are left out."""
        rounds: dict[int, list[Event]] = {}
        for event in self.events:
            if event.iteration:
                rounds.setdefault(event.iteration, []).append(event)
        return [rounds[number] for number in sorted(rounds)]

    def of_kind(self, *kinds: str) -> list[Event]:
        """The events of these kinds."""
        return [event for event in self.events if event.kind in kinds]

    def table(self, first: int | None = None, last: int | None = None) -> str:
        """The events as a table; only the ``first`` or the ``last`` so many, when given."""
        events = self.events
        if first is not None:
            events = events[:first]
        if last is not None:
            events = events[len(events) - min(last, len(events)) :]
        return table(events, self.things)

    def __str__(self) -> str:
        if len(self) <= _SHOWN:
            return self.table()
        half = _SHOWN // 2
        left_out = len(self) - _SHOWN
        lines = table([*self.events[:half], *self.events[-half:]], self.things).split("\n")
        middle = f"… {left_out} more events: trace.table() shows all"
        return "\n".join([*lines[: half + 1], middle, *lines[half + 1 :]])

    def __repr__(self) -> str:
        rounds = max((event.iteration for event in self.events), default=0)
        return f"<Trace: {len(self)} events, {rounds} iterations>"

    def to_json(self, path: str | Path | None = None) -> str:
        """The trace as JSON text, also written to ``path`` when given.

        NaN and infinities are written the way Python's ``json`` reads them back.
        """
        content = {
            "format": _FORMAT,
            "things": [asdict(thing) for thing in self.things],
            "events": [_plain(event) for event in self.events],
            "lost": self.lost,
            "surprises": self.surprises,
        }
        text = json.dumps(content, separators=(",", ":"))
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    @classmethod
    def from_json(cls, source: str | Path) -> "Trace":
        """Read what :meth:`to_json` wrote: a path, or the JSON text itself.

        Raises ValueError for anything else.
        """
        is_text = isinstance(source, str) and source.lstrip().startswith("{")
        text = source if is_text else Path(source).read_text(encoding="utf-8")
        content = json.loads(str(text))
        if not isinstance(content, dict) or content.get("format") != _FORMAT:
            raise ValueError("This is no trace that to_json wrote; record one and save it anew.")
        return cls(
            [_event(plain) for plain in content["events"]],
            [Thing(**plain) for plain in content["things"]],
            content["lost"],
            content["surprises"],
        )


def _plain(event: Event) -> dict[str, Any]:
    plain = {name: getattr(event, name) for name in Event.__slots__}
    plain["where"] = None if event.where is None else asdict(event.where)
    return plain


def _event(plain: dict[str, Any]) -> Event:
    where = plain.pop("where")
    return Event(where=None if where is None else Where(**where), **plain)
