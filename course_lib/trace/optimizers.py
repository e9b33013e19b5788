"""Watching optimizers: which parameters they hold, what each step used and changed."""

import sys
import weakref
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from course_lib.trace.events import Event, Where
from course_lib.trace.gradients import Gradients
from course_lib.trace.models import Models
from course_lib.trace.parameters import ParameterNote, Parameters, names, norm_of
from course_lib.trace.recorder import observing
from course_lib.trace.weight_copies import copies_of, held_by, watched_weights


class State:
    """What is remembered of one optimizer."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = weakref.ref(optimizer)
        self.steps = 0
        self.last_step = -1  # index of its event
        self.held: list[ParameterNote] = []  # of its parameters, those that are gone too
        self.before: list[Tensor] = []  # copies of the weights, made anew for every step


class Optimizers:
    """Writes optimizers and their steps down."""

    def __init__(self, models: Models, parameters: Parameters, gradients: Gradients) -> None:
        self.recorder = models.recorder
        self.models = models
        self.parameters = parameters
        self.gradients = gradients
        self.by_id: dict[int, State] = {}
        self.unscaling = False  # a GradScaler is in its step
        self._running: list[tuple[FrameType, list[Tensor], list[Tensor]]] = []

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

    @observing
    def begin_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        """A step begins (a hook: its frame tells when it is over, or broken off)."""
        frame = sys._getframe(2)
        where = self.recorder.finder.where(frame)
        state = self.seen(optimizer, where)
        closure = kwargs.get("closure", args[1] if len(args) > 1 else None)
        if not self.recorder.in_backward:
            self.gradients.clearing.notice_hand()
        thing, _ = self.recorder.thing("optimizer", optimizer)
        if self.recorder.is_stepping(thing.id):
            return  # a subclass calls super().step()
        event = self.recorder.emit(
            "step",
            {"optimizer": thing.id},
            where=where,
            lr=_rates(optimizer),
            closure=callable(closure),
        )
        if self.gradients.backward is not None:  # a step within a backward pass, from a hook
            among = [(self.parameters[p], p) for p in held_by(optimizer)]
            found = [(note, p) for note, p in among if note is not None]
            self.gradients.count_reached(self.gradients.backward, found)
        if not callable(closure):
            self._note_gradients(event, optimizer, state)
        watched = watched_weights(optimizer)
        state.before = copies_of(watched, state.before)
        self._running.append((frame, watched, state.before))
        self.recorder.open_step(event, frame)

    @observing
    def end_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        """The step is over."""
        frame = sys._getframe(2)
        event = self.recorder.close_step(frame)
        found = [run for run in self._running if run[0] is frame]
        self._running = [run for run in self._running if run[0] is not frame][-2:]
        if event is None:
            return
        state = self.by_id[event.who["optimizer"]]
        if event.numbers["closure"]:
            self._note_gradients(event, optimizer, state)
        state.steps += 1
        self.gradients.by_hand.changed_otherwise()
        state.last_step = event.index
        self.models.steps_since_forward.append(event.who["optimizer"])
        notes = self.notes_of(optimizer)
        for note in notes:
            if note.count:
                note.used[event.who["optimizer"]] = note.count
            note.stepped = note.stepped or note.grad is not None
        self.parameters.settle(notes)
        for _, watched, before in found:
            self._note_update(event, watched, before, optimizer)

    def _note_update(
        self, event: Event, watched: list[Tensor], before: list[Tensor], optimizer: Optimizer
    ) -> None:
        if not watched:
            return
        torch._foreach_sub_(before, [p.detach() for p in watched])
        total = sum(p.numel() for p in held_by(optimizer))
        event.numbers["update_of"] = sum(p.numel() for p in watched) / total
        self.recorder.late.note(event.numbers, "update_norm", norm_of(before))

    def _note_gradients(self, event: Event, optimizer: Optimizer, state: State) -> None:
        numbers, me = event.numbers, event.who["optimizer"]
        notes = state.held = self.notes_of(optimizer)
        for note in notes:
            note.optimizers.add(me)  # add_param_group brings new ones
        tensors = held_by(optimizer)
        gradients = [p.grad for p in tensors if p.grad is not None]
        with_grad = [note for note, p in zip(notes, tensors, strict=True) if p.grad is not None]
        ran = {i for i, model in self.models.by_id.items() if model.last_forward > state.last_step}
        absent = [note for note in notes if not note.models & ran]
        mine = set().union(*(note.models for note in notes)) if notes else set()
        orphans = [
            note
            for note, parameter in self.parameters.without_optimizer()
            if note.models & mine and parameter.grad is not None
        ]
        numbers.update(
            parameters=len(notes),
            with_grad=len(with_grad),
            grad_norm=None,
            update_norm=None,
            gradients=_histories(with_grad, me),
            without_grad=names(n for n, p in zip(notes, tensors, strict=True) if p.grad is None),
            in_forward=len(notes) - len(absent),
            not_in_forward=len(absent),
            not_in_forward_names=names(absent),
            orphans=len(orphans),
            orphan_names=names(orphans),
            scaled=not self.unscaling and any(n.scaler is not None for n in with_grad),
        )
        self.recorder.late.note(numbers, "grad_norm", norm_of(gradients))


def _histories(notes: list[ParameterNote], optimizer: int) -> list[dict[str, Any]]:
    """Parameters whose gradients have the same past, together."""
    groups: dict[tuple[Any, ...], list[ParameterNote]] = {}
    for note in notes:
        key = (tuple(note.backwards), note.count, note.used.get(optimizer, 0), note.edited)
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


def _rates(optimizer: Optimizer) -> list[float]:
    return [float(group["lr"]) for group in optimizer.param_groups if "lr" in group]
