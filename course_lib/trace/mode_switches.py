"""Watching switches between training and evaluation."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import torch
from torch import nn

from course_lib.trace.models import Models
from course_lib.trace.recorder import observing

Call = Callable[..., Any]


class ModeSwitches:
    """Writes ``train`` and ``eval`` down, outermost calls only."""

    def __init__(self, models: Models) -> None:
        self.recorder = models.recorder
        self.models = models

    @observing
    def mode(self, module: nn.Module, training: bool, caller: FrameType) -> None:
        """``train`` or ``eval`` is called on the outermost module."""
        where = self.recorder.finder.where(caller)
        model = self.models.seen(module, where)
        changed = sum(part.training != training for part in module.modules())
        self.recorder.emit(
            "mode",
            {"model": model.thing.id},
            where=where,
            training=training,
            before=module.training,
            changed=changed,
        )


def watched_train(original: Call, switches: ModeSwitches) -> Call:
    """``nn.Module.train`` (``eval`` calls it) that tells of outermost calls."""
    depth = 0

    def train(self: nn.Module, mode: bool = True) -> Any:
        nonlocal depth
        if torch.compiler.is_compiling() or depth or not switches.recorder.here():
            return original(self, mode)
        switches.mode(self, mode, sys._getframe(1))
        depth = 1
        try:
            return original(self, mode)
        finally:
            depth = 0

    return train
