"""What gradients are the sum of, told in the words of events: indices of backward passes."""

from collections.abc import Iterable, Sequence
from typing import Any

from course_lib.trace.parameters import ParameterNote, names


def backwards_in(notes: Iterable[ParameterNote]) -> set[int]:
    """The backward passes summed in these gradients."""
    return set().union(*{note.backwards for note in notes})


def used_in(notes: Iterable[ParameterNote]) -> set[int]:
    """Of these backward passes, those that a step had used."""
    return set().union(*{_used(note) for note in notes if note.used})


def _used(note: ParameterNote) -> tuple[int, ...]:
    unlisted = note.count - len(note.backwards)
    return note.backwards[: max(0, max(note.used.values()) - unlisted)]


def histories(notes: Sequence[ParameterNote], optimizer: int) -> list[dict[str, Any]]:
    """Parameters whose gradients have the same past, together."""
    groups: dict[tuple[Any, ...], list[ParameterNote]] = {}
    for note in notes:
        key = (note.backwards, note.count, note.used.get(optimizer, 0), note.edited)
        groups.setdefault(key, []).append(note)
    return [
        {
            "backwards": list(backwards),
            "count": count,
            "used": used,
            "edited": edited,
            "parameters": len(group),
            "names": names(group),
        }
        for (backwards, count, used, edited), group in groups.items()
    ]
