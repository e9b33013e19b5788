"""Noticing weights that the reader's own lines changed: gradient descent without an optimizer."""

from collections.abc import Iterable

import torch

from course_lib.trace.events import Where
from course_lib.trace.models import Models
from course_lib.trace.parameters import ParameterNote
from course_lib.trace.tensors import inside_transform

HAND = -1  # stands for an optimizer's id among those that used a gradient


class UpdatesByHand:
    """Compares weights before and after, only while no optimizer steps."""

    def __init__(self, models: Models) -> None:
        self.recorder = models.recorder
        self.models = models
        self._backwards = 0  # since an optimizer stepped
        self._stepped = False
        self._sizes: list[tuple[ParameterNote, float]] = []

    def after_backward(self, reached: Iterable[ParameterNote]) -> None:
        """Gradients have come: weights may change now."""
        self._backwards += 1
        self._sizes = []
        if self.recorder.stepping or (self._stepped and self._backwards < 3):
            return
        if inside_transform():
            return
        alive = [(note, p) for note in reached if (p := note.parameter()) is not None]
        if alive:
            norms = torch._foreach_norm([p.detach() for _, p in alive])
            sizes = torch.stack([norm.double().cpu() for norm in norms]).tolist()
            self._sizes = [(note, size) for (note, _), size in zip(alive, sizes, strict=True)]

    def changed_otherwise(self) -> None:
        """An optimizer stepped, or weights were loaded: no hand was at work."""
        self._stepped = True
        self._backwards = 0
        self._sizes = []

    def look(self, where: Where | None, *, once_more: bool = False) -> None:
        """Write down what changed since the last backward pass, if anything did.

        Args:
            where: the line of noticing.
            once_more: nothing may have changed yet; look again later.
        """
        if not self._sizes or inside_transform():
            return
        before, self._sizes = self._sizes, []
        alive = [(note, p, size) for note, size in before if (p := note.parameter()) is not None]
        if not alive:
            return
        norms = torch._foreach_norm([p.detach() for _, p, _ in alive])
        sizes = torch.stack([norm.double().cpu() for norm in norms]).tolist()
        changed = [note for (note, _, old), new in zip(alive, sizes, strict=True) if new != old]
        if not changed:
            self._sizes = before if once_more else []
            return
        who = {"model": min(changed[0].models)} if changed[0].models else {}
        self.recorder.emit("manual_update", who, where=where, parameters=len(changed))
        self.models.steps_since_forward.append(HAND)
        for note in changed:
            note.stepped = True
            if note.count:
                note.used[HAND] = note.count
