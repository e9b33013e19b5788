"""What is known of each parameter: where it belongs, and what its gradient is the sum of."""

import weakref
from collections.abc import Iterable, Sequence

from torch import Tensor

from course_lib.trace.norms import are_zero

_REMEMBERED = 16  # backward events listed for one gradient; how many in all is counted
_NAMED = 5


class ParameterNote:
    """One parameter.

    Attributes:
        name: as its model calls it.
        models, optimizers: ids of those that hold it.
        backwards: indices of the latest backward events summed in ``.grad``.
        count: how many there were since ``.grad`` was cleared.
        used: for each optimizer id, how many of them its steps had used already.
        first: it belongs to the first layer that a forward with gradients called.
        edited: ``.grad`` was changed by hand after the last backward.
        scaler: id of the GradScaler whose factor the gradient still carries.
        reached: it ever got a gradient.
        stepped: an optimizer or the reader's own line changed it.
        trainable: it required gradients when last looked at.
        as_stepped: its version, which counts changes in place, after an optimizer's latest step.
    """

    __slots__ = (
        "as_stepped",
        "backwards",
        "count",
        "edited",
        "first",
        "grad",
        "models",
        "name",
        "optimizers",
        "parameter",
        "reached",
        "scaler",
        "stepped",
        "trainable",
        "used",
        "version",
    )

    def __init__(self, parameter: Tensor, name: str) -> None:
        self.parameter = weakref.ref(parameter)
        self.name = name
        self.models: set[int] = set()
        self.optimizers: set[int] = set()
        self.grad: weakref.ref[Tensor] | None = None
        self.version = 0
        self.as_stepped: int | None = None
        self.trainable = parameter.requires_grad
        self.reached = self.stepped = self.first = False
        self.forget()
        if parameter.grad is not None:
            self.see(parameter.grad)

    def forget(self) -> None:
        """The gradient is gone, or zero."""
        self.backwards: tuple[int, ...] = ()
        self.count = 0
        self.used: dict[int, int] = {}
        self.edited = False
        self.scaler: int | None = None

    def see(self, grad: Tensor | None) -> None:
        """Remember the gradient as it is now."""
        if grad is None:
            self.grad = None
        else:
            if self.grad is None or self.grad() is not grad:
                self.grad = weakref.ref(grad)
            self.version = grad._version

    def is_as_seen(self, grad: Tensor) -> bool:
        """Whether ``.grad`` is the same tensor, not written to since."""
        return self.grad is not None and self.grad() is grad and grad._version == self.version

    def add(self, backward: int) -> None:
        """A backward pass added to the gradient."""
        self.count += 1
        self.backwards = (*self.backwards[1 - _REMEMBERED :], backward)
        self.edited = False
        self.reached = True


class Parameters:
    """All parameters seen so far and still alive."""

    def __init__(self) -> None:
        self._notes: dict[int, ParameterNote] = {}

    def __getitem__(self, parameter: Tensor) -> ParameterNote | None:
        note = self._notes.get(id(parameter))
        return note if note is not None and note.parameter() is parameter else None

    def known_among(self, parameters: Iterable[Tensor]) -> list[ParameterNote]:
        """The notes of those that were seen."""
        notes = self._notes
        return [
            note
            for parameter in parameters
            if (note := notes.get(id(parameter))) is not None and note.parameter() is parameter
        ]

    def note(self, parameter: Tensor, name: str) -> ParameterNote:
        """The note of a parameter, a new one where there is none."""
        note = self[parameter]
        if note is None:
            note = self._notes[id(parameter)] = ParameterNote(parameter, name)
        return note

    def alive(self) -> list[tuple[ParameterNote, Tensor]]:
        """The notes whose parameters still exist."""
        notes = self._notes.values()
        alive = [(note, p) for note in notes if (p := note.parameter()) is not None]
        if len(alive) < len(notes) / 2:
            self._notes = {id(parameter): note for note, parameter in alive}
        return alive

    def all_are_bare(self) -> bool:
        """Whether no parameter seen so far belongs to a module or an optimizer."""
        return not any(note.models or note.optimizers for note in self._notes.values())

    def without_optimizer(self) -> list[tuple[ParameterNote, Tensor]]:
        """The notes of those alive that no optimizer seen so far holds."""
        notes = [note for note in self._notes.values() if not note.optimizers]
        return [(note, p) for note in notes if (p := note.parameter()) is not None]

    def look(self) -> list[ParameterNote]:
        """Notice what was done to gradients by hand; return the notes of those cleared so."""
        cleared: list[ParameterNote] = []
        doubtful: list[tuple[ParameterNote, Tensor]] = []
        for note in self._notes.values():
            parameter = note.parameter()
            grad = None if parameter is None else parameter.grad
            if grad is None:
                if note.grad is not None and parameter is not None:
                    cleared.append(note)
            elif not note.is_as_seen(grad):
                note.edited = True
                note.see(grad)
                doubtful.append((note, grad))
            elif note.used:  # .grad.data.zero_() leaves no mark but its zeros
                doubtful.append((note, grad))
        if doubtful:
            zero = are_zero([grad for _, grad in doubtful])
            cleared += [note for (note, _), is_zero in zip(doubtful, zero, strict=True) if is_zero]
        return [note for note in cleared if note.count or note.grad is not None]

    def clear(self, notes: Iterable[ParameterNote]) -> None:
        """These gradients were cleared."""
        for note in notes:
            note.forget()
            parameter = note.parameter()
            note.see(None if parameter is None else parameter.grad)

    def settle(self, notes: Iterable[ParameterNote]) -> None:
        """Whoever wrote to these gradients just now is known: a clip, a scaler, an optimizer."""
        for note in notes:
            parameter = note.parameter()
            note.see(None if parameter is None else parameter.grad)

    def after_backward(
        self, backward: int, among: Iterable[tuple[ParameterNote, Tensor]]
    ) -> tuple[list[ParameterNote], int]:
        """Those of ``among`` that the backward pass reached; how many had a gradient already."""
        reached, accumulated = [], 0
        for note, parameter in among:
            grad = parameter.grad
            if grad is not None and not note.is_as_seen(grad):
                accumulated += note.count > 0 and not note.edited
                note.see(grad)
                note.add(backward)
                reached.append(note)
        return reached, accumulated


def names(notes: Sequence[ParameterNote]) -> list[str]:
    """The first few names."""
    return [note.name for note in notes[:_NAMED]]
