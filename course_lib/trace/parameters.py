"""What is known of each parameter: where it belongs, and what its gradient is the sum of."""

import math
import weakref
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

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
    """

    __slots__ = (
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
        self.trainable = parameter.requires_grad
        self.reached = self.stepped = self.first = False
        self.forget()
        if parameter.grad is not None:
            self.see(parameter.grad)

    def forget(self) -> None:
        """The gradient is gone, or zero."""
        self.backwards: list[int] = []
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
        self.backwards.append(backward)
        if len(self.backwards) > _REMEMBERED:
            del self.backwards[0]
        self.edited = False
        self.reached = True


class Parameters:
    """All parameters seen so far and still alive."""

    def __init__(self) -> None:
        self._notes: dict[int, ParameterNote] = {}

    def __getitem__(self, parameter: Tensor) -> ParameterNote | None:
        note = self._notes.get(id(parameter))
        return note if note is not None and note.parameter() is parameter else None

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

    def without_optimizer(self) -> list[tuple[ParameterNote, Tensor]]:
        """The notes of those alive that no optimizer seen so far holds."""
        notes = [note for note in self._notes.values() if not note.optimizers]
        return [(note, p) for note in notes if (p := note.parameter()) is not None]

    def look(self) -> list[ParameterNote]:
        """Notice what was done to gradients by hand; return the notes of those cleared so."""
        cleared: list[ParameterNote] = []
        doubtful: list[tuple[ParameterNote, Tensor]] = []
        for note, parameter in self.alive():
            grad = parameter.grad
            if grad is None:
                if note.grad is not None:
                    cleared.append(note)
                continue
            if not note.is_as_seen(grad):
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
        self, backward: int, among: Sequence[tuple[ParameterNote, Tensor]]
    ) -> tuple[list[ParameterNote], int]:
        """Those of ``among`` that the backward pass reached; how many had a gradient already."""
        reached, accumulated = [], 0
        for note, parameter in among:
            grad = parameter.grad
            if grad is None or note.is_as_seen(grad):
                continue
            accumulated += note.count > 0
            note.see(grad)
            note.add(backward)
            reached.append(note)
        return reached, accumulated


def norm_of(tensors: Sequence[Tensor]) -> Tensor | float | None:
    """The Euclidean norm of all elements together: a number where it can be had at once, else a
    0-d tensor; None for no tensors.
    """
    dense = [_values(tensor.detach()) for tensor in tensors]
    if not dense:
        return None
    norms = torch._foreach_norm(dense, 2, torch.float32 if _narrow(dense) else None)
    if dense[0].device.type == "cpu" and dense[-1].device.type == "cpu":
        return math.sqrt(sum(float(norm) ** 2 for norm in norms))
    first = norms[0]
    return torch.linalg.vector_norm(torch.stack([n.to(first.device, first.dtype) for n in norms]))


def are_zero(gradients: Sequence[Tensor]) -> list[bool]:
    """For each gradient, whether all of its elements are 0."""
    sizes = torch._foreach_norm([_values(grad.detach()) for grad in gradients], float("inf"))
    return [not size > 0 and size == size for size in (float(size) for size in sizes)]


def names(notes: Iterable[ParameterNote]) -> list[str]:
    """The first few names."""
    return [note.name for note in list(notes)[:_NAMED]]


def _values(tensor: Tensor) -> Tensor:
    return tensor if tensor.layout is torch.strided else tensor._values()


def _narrow(tensors: Sequence[Tensor]) -> bool:
    return any(tensor.dtype in (torch.float16, torch.bfloat16) for tensor in tensors)
