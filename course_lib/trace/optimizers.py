"""Watching optimizers: which parameters they hold, what each step used and changed."""

import sys
import weakref
from collections.abc import Sequence
from types import FrameType
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from course_lib.trace.events import Event, Where
from course_lib.trace.gradients import Gradients
from course_lib.trace.models import Models
from course_lib.trace.norms import norm_of
from course_lib.trace.parameters import ParameterNote, Parameters, names
from course_lib.trace.pasts import histories
from course_lib.trace.recorder import observing
from course_lib.trace.tensors import version_of
from course_lib.trace.weight_copies import WeightCopies, held_by


class State:
    """What is remembered of one optimizer."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = weakref.ref(optimizer)
        self.steps = 0
        self.last_step = -1  # index of its event
        self.held: list[ParameterNote] = []  # of its parameters, those that are gone too
        self.copies = WeightCopies()


class Optimizers:
    """Writes optimizers and their steps down."""

    def __init__(self, models: Models, parameters: Parameters, gradients: Gradients) -> None:
        self.recorder = models.recorder
        self.models = models
        self.parameters = parameters
        self.gradients = gradients
        self.by_id: dict[int, State] = {}
        self.unscaling = False  # a GradScaler is in its step

    def seen(self, optimizer: Optimizer, where: Where | None, created: bool = False) -> State:
        """The state, written down when the optimizer is new."""
        thing, _ = self.recorder.thing("optimizer", optimizer)
        known = self.by_id.get(thing.id)
        if known is not None:
            return known
        state = self.by_id[thing.id] = State(optimizer)
        notes = state.held = self.notes_of(optimizer)
        older = {i for note in notes for i in note.optimizers}
        replaces = max(older, default=None)
        for note in notes:
            note.optimizers.add(thing.id)
        self.recorder.emit(
            "optimizer",
            {"optimizer": thing.id},
            where=where,
            lr=_rates(optimizer),
            parameters=len(notes),
            created=created,
            replaces=replaces,
            older_steps=0 if replaces is None else self.by_id[replaces].steps,
            reset=sum(
                note.as_stepped not in (None, version_of(parameter))
                for note, parameter in zip(notes, held_by(optimizer), strict=True)
            ),
            models=sorted({i for note in notes for i in note.models}),
            unknown=sum(not note.models for note in notes),
            **{"class": type(optimizer).__name__},
        )
        return state

    def notes_of(self, optimizer: Optimizer) -> list[ParameterNote]:
        """The notes of its parameters."""
        known = self.parameters
        return [
            known[parameter] or known.note(parameter, f"group {g}, parameter {i}")
            for g, group in enumerate(optimizer.param_groups)
            for i, parameter in enumerate(group["params"])
        ]

    @observing
    def created(self, optimizer: Optimizer, caller: FrameType) -> None:
        """``Optimizer.__init__`` is done."""
        self.seen(optimizer, self.recorder.finder.where(caller), created=True)

    def _held_now(
        self, optimizer: Optimizer, state: State, me: int
    ) -> tuple[list[ParameterNote], list[Tensor]]:
        """The notes of its parameters, and these; ``add_param_group`` brings new ones."""
        tensors, notes = held_by(optimizer), state.held
        known = len(notes) == len(tensors) and all(
            note.parameter() is parameter for note, parameter in zip(notes, tensors, strict=True)
        )
        if not known:
            notes = state.held = self.notes_of(optimizer)
            for note in notes:
                note.optimizers.add(me)
        return notes, tensors

    @observing
    def begin_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        """A step begins (a hook: its frame tells when it is over, or broken off)."""
        frame = sys._getframe(2)
        where = self.recorder.finder.where(frame)
        state = self.seen(optimizer, where)
        closure = kwargs.get("closure", args[1] if len(args) > 1 else None)
        if not self.recorder.in_backward:
            self.gradients.clearing.notice_hand()
        me = self.recorder.thing("optimizer", optimizer)[0].id
        if self.recorder.is_stepping(me):
            return  # a subclass calls super().step()
        event = self.recorder.emit(
            "step", {"optimizer": me}, where, lr=_rates(optimizer), closure=callable(closure)
        )
        notes, tensors = self._held_now(optimizer, state, me)
        if self.gradients.backward is not None:  # a step within a backward pass, from a hook
            among = list(zip(notes, tensors, strict=True))
            self.gradients.count_reached(self.gradients.backward, among)
        if not event.numbers["closure"]:
            self._note_gradients(event, state, notes, tensors)
        state.copies.take(tensors)
        self.recorder.open_step(event, frame)

    @observing
    def end_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        """The step is over."""
        event = self.recorder.close_step(sys._getframe(2))
        if event is None:
            return
        me = event.who["optimizer"]
        state = self.by_id[me]
        update = state.copies.update_norm()
        notes, tensors = self._held_now(optimizer, state, me)
        if event.numbers["closure"]:
            self._note_gradients(event, state, notes, tensors)
        if update is not None:
            event.numbers["update_of"] = state.copies.share
            self.recorder.late.note(event.numbers, "update_norm", update)
        state.steps += 1
        state.last_step = event.index
        self.gradients.by_hand.changed_otherwise()
        self.models.steps_since_forward.append(me)
        for note, parameter in zip(notes, tensors, strict=True):
            if note.count:
                note.used[me] = note.count
            note.stepped = note.stepped or note.grad is not None
            note.as_stepped = version_of(parameter)
            note.see(parameter.grad)

    def _note_gradients(
        self, event: Event, state: State, notes: Sequence[ParameterNote], tensors: Sequence[Tensor]
    ) -> None:
        with_grad, without, gradients = [], [], []
        for note, parameter in zip(notes, tensors, strict=True):
            grad = parameter.grad
            if grad is None:
                without.append(note)
            else:
                with_grad.append(note)
                gradients.append(grad)
        ran = {i for i, model in self.models.by_id.items() if model.last_forward > state.last_step}
        absent = [note for note in notes if note.models.isdisjoint(ran)]
        orphans = self._orphans(notes)
        numbers = event.numbers
        numbers.update(
            parameters=len(notes),
            with_grad=len(with_grad),
            grad_norm=None,
            update_norm=None,
            gradients=histories(with_grad, event.who["optimizer"]),
            without_grad=names(without),
            in_forward=len(notes) - len(absent),
            not_in_forward=len(absent),
            not_in_forward_names=names(absent),
            orphans=len(orphans),
            orphan_names=names(orphans),
            scaled=not self.unscaling and any(n.scaler is not None for n in with_grad),
        )
        self.recorder.late.note(numbers, "grad_norm", norm_of(gradients))

    def _orphans(self, notes: Sequence[ParameterNote]) -> list[ParameterNote]:
        """Of the models that these belong to: parameters with a gradient, in no optimizer."""
        homeless = self.parameters.without_optimizer()
        mine = {model for note in notes for model in note.models} if homeless else set()
        return [
            note
            for note, parameter in homeless
            if note.models & mine and parameter.grad is not None
        ]


def _rates(optimizer: Optimizer) -> list[float]:
    return [float(group["lr"]) for group in optimizer.param_groups if "lr" in group]
