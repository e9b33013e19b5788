"""Watching what is kept of a model: state dicts taken and loaded, checkpoints written."""

import os
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.trace.models import Models
from course_lib.trace.recorder import observing
from course_lib.trace.updates_by_hand import UpdatesByHand

Call = Callable[..., Any]


class Keeping:
    """Writes state dicts and checkpoints down."""

    def __init__(self, models: Models, by_hand: UpdatesByHand) -> None:
        self.by_hand = by_hand
        self.recorder = models.recorder
        self.models = models
        self.depth = 0

    @observing
    def state_dict(self, kind: str, module: nn.Module, keys: int, caller: FrameType) -> None:
        """``state_dict`` or ``load_state_dict`` of an outermost module."""
        where = self.recorder.finder.where(caller)
        model = self.models.seen(
            module, where, announce=next(module.parameters(), None) is not None
        )
        if kind == "load_state_dict":
            self.by_hand.changed_otherwise()
        self.recorder.emit(kind, {"model": model.thing.id}, where=where, keys=keys)

    @observing
    def checkpoint(self, content: Any, file: Any, caller: FrameType) -> None:
        """Something was written to a file."""
        named = isinstance(file, str | os.PathLike)
        holds = [str(key) for key in list(content)[:20]] if isinstance(content, Mapping) else []
        flat = content.values() if isinstance(content, Mapping) else ()
        self.recorder.emit(
            "checkpoint",
            where=self.recorder.finder.where(caller),
            file=os.path.basename(os.fspath(file)) if named else None,
            holds=holds,
            tensors=sum(isinstance(value, Tensor) for value in flat),
        )


def watched_state_dict(original: Call, keeping: Keeping) -> Call:
    """``nn.Module.state_dict``, which calls itself for every part."""

    def state_dict(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        if keeping.depth or torch.compiler.is_compiling() or not keeping.recorder.here():
            return original(self, *args, **kwargs)
        keeping.depth = 1
        try:
            state = original(self, *args, **kwargs)
        finally:
            keeping.depth = 0
        keeping.state_dict("state_dict", self, len(state), sys._getframe(1))
        return state

    return state_dict


def watched_load(original: Call, keeping: Keeping) -> Call:
    """``nn.Module.load_state_dict``."""

    def load_state_dict(self: nn.Module, state_dict: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, state_dict, *args, **kwargs)
        if keeping.recorder.here() and not keeping.depth:
            keeping.state_dict("load_state_dict", self, len(state_dict), sys._getframe(1))
        return result

    return load_state_dict


def watched_inner_save(original: Call, keeping: Keeping) -> Call:
    """What ``torch.save`` calls in the end, by whatever name it was imported."""

    def _save(obj: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(obj, *args, **kwargs)
        if keeping.recorder.here():
            caller = sys._getframe(1)
            keeping.checkpoint(obj, caller.f_locals.get("f"), caller)
        return result

    return _save


def watched_save(original: Call, keeping: Keeping) -> Call:
    """``save_file`` of safetensors."""

    def save(obj: Any, f: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(obj, f, *args, **kwargs)
        if keeping.recorder.here():
            keeping.checkpoint(obj, f, sys._getframe(1))
        return result

    return save
