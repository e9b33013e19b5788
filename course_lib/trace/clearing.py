"""Watching how gradients are cleared and clipped."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.trace.events import Where
from course_lib.trace.models import Models
from course_lib.trace.parameters import ParameterNote, Parameters
from course_lib.trace.pasts import backwards_in, used_in
from course_lib.trace.recorder import observing
from course_lib.trace.tensors import inside_transform
from course_lib.trace.updates_by_hand import UpdatesByHand

Call = Callable[..., Any]


class Clearing:
    """Writes down which gradients were thrown away, and what was clipped."""

    def __init__(self, models: Models, parameters: Parameters, by_hand: UpdatesByHand) -> None:
        self.recorder = models.recorder
        self.by_hand = by_hand
        self.models = models
        self.parameters = parameters
        self.optimizer_seen: Callable[[Any, Any], Any] = lambda optimizer, where: None

    def notice_hand(self) -> None:
        """Write down gradients that the reader's own lines cleared, since anybody looked."""
        notes = [] if inside_transform() else self.parameters.look()
        if notes:
            self._cleared(notes, "hand", None, {}, self.recorder.finder.where(sys._getframe(1)))

    def _cleared(
        self,
        notes: Sequence[ParameterNote],
        how: str,
        set_to_none: bool | None,
        who: dict[str, int],
        where: Where | None,
    ) -> None:
        thrown = backwards_in(notes)
        self.recorder.emit(
            "zero_grad",
            who,
            where,
            how=how,
            set_to_none=set_to_none,
            cleared=len(notes),
            backwards=sorted(thrown),
            unused=sorted(thrown - used_in(notes)),
        )
        self.parameters.clear(notes)

    @observing
    def zero_grad(self, owner: Any, had: Sequence[Tensor], set_to_none: bool) -> None:
        """``zero_grad`` was called; ``had``: those of its parameters that had a gradient."""
        notes = self.parameters.known_among(had)
        how = "model" if isinstance(owner, nn.Module) else "optimizer"
        where = self.recorder.finder.where(sys._getframe(3))
        if how == "optimizer":
            self.optimizer_seen(owner, where)
        else:
            self.models.seen(owner, where)
        thing, _ = self.recorder.thing(how, owner)
        self._cleared(notes, how, set_to_none, {how: thing.id}, where)

    @observing
    def before_clip(self) -> None:
        """Notice what was done by hand, before clipping covers it."""
        self.notice_hand()
        self.by_hand.look(None, once_more=True)

    @observing
    def clipped(self, how: str, clipped: Any, limit: Any, norm: Any) -> None:
        """Gradients were clipped."""
        parameters = [clipped] if isinstance(clipped, Tensor) else list(clipped)
        notes = self.parameters.known_among(p for p in parameters if p.grad is not None)
        event = self.recorder.emit(
            "clip",
            how=how,
            limit=float(limit),
            norm=None,
            parameters=len(notes),
            backwards=sorted(backwards_in(notes)),
            used_before=sorted(used_in(notes)),
            scaled=any(note.scaler is not None for note in notes),
        )
        if isinstance(norm, Tensor):
            self.recorder.late.note_now(event.numbers, "norm", norm)
        self.parameters.settle(notes)


def watched_zero_grad(original: Call, clearing: Clearing) -> Call:
    """``zero_grad`` of an optimizer or a module."""

    def zero_grad(self: Any, set_to_none: bool = True) -> Any:
        if torch.compiler.is_compiling() or not clearing.recorder.here():
            return original(self, set_to_none)
        had = [p for p in _parameters(self) if p.grad is not None]
        result = original(self, set_to_none)
        clearing.zero_grad(self, had, set_to_none)
        return result

    return zero_grad


def _parameters(owner: Any) -> list[Tensor]:
    if isinstance(owner, nn.Module):
        return list(owner.parameters())
    return [p for group in owner.param_groups for p in group["params"]]


def watched_clip(original: Call, clearing: Clearing) -> Call:
    """The last part of ``clip_grad_norm_``: it knows the norm and the limit."""

    def _clip_grads_with_norm_(parameters: Any, max_norm: Any, total_norm: Any, *rest: Any) -> Any:
        parameters = [parameters] if isinstance(parameters, Tensor) else list(parameters)
        if clearing.recorder.here():
            clearing.before_clip()
        result = original(parameters, max_norm, total_norm, *rest)
        if clearing.recorder.here():
            clearing.clipped("norm", parameters, max_norm, total_norm)
        return result

    return _clip_grads_with_norm_


def watched_clip_value(original: Call, clearing: Clearing) -> Call:
    """``clip_grad_value_``."""

    def clip_grad_value_(parameters: Any, clip_value: Any, *args: Any, **kwargs: Any) -> Any:
        parameters = [parameters] if isinstance(parameters, Tensor) else list(parameters)
        if clearing.recorder.here():
            clearing.before_clip()
        result = original(parameters, clip_value, *args, **kwargs)
        if clearing.recorder.here():
            clearing.clipped("value", parameters, clip_value, None)
        return result

    return clip_grad_value_
