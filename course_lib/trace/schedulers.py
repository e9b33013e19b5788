"""Watching learning-rate schedulers."""

import sys
import weakref
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler

from course_lib.trace.optimizers import Optimizers
from course_lib.trace.recorder import observing

Call = Callable[..., Any]


class Schedulers:
    """Writes scheduler steps down, outermost calls only."""

    def __init__(self, optimizers: Optimizers) -> None:
        self.recorder = optimizers.recorder
        self.optimizers = optimizers
        self.depth = 0
        self._steps_before: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()

    def rates(self, scheduler: Any) -> list[float]:
        """The learning rates of its optimizer."""
        return [float(group["lr"]) for group in scheduler.optimizer.param_groups]

    @observing
    def made(self, scheduler: Any, caller: FrameType) -> None:
        """A scheduler was made, and took its initial step."""
        where = self.recorder.finder.where(caller)
        state = self.optimizers.seen(scheduler.optimizer, where)
        self._steps_before[scheduler] = state.steps

    @observing
    def stepped(
        self, scheduler: Any, before: list[float], args: Any, kwargs: Any, caller: FrameType
    ) -> None:
        """``scheduler.step()`` was called."""
        where = self.recorder.finder.where(caller)
        state = self.optimizers.seen(scheduler.optimizer, where)
        who = {
            "scheduler": self.recorder.thing("scheduler", scheduler)[0].id,
            "optimizer": self.recorder.thing("optimizer", scheduler.optimizer)[0].id,
        }
        metric = kwargs.get("metrics", args[0] if args else None)
        epoch = kwargs.get("epoch")
        if not hasattr(scheduler, "patience"):
            metric, epoch = None, epoch if epoch is not None else metric
        event = self.recorder.emit(
            "scheduler_step",
            who,
            where=where,
            before=before,
            after=self.rates(scheduler),
            metric=None,
            epoch=None if epoch is None else float(epoch),
            optimizer_steps=state.steps,
            since=state.steps - self._steps_before.get(scheduler, 0),
        )
        self._steps_before[scheduler] = state.steps
        if isinstance(metric, Tensor):
            self.recorder.late.note_now(event.numbers, "metric", metric)
        elif metric is not None:
            event.numbers["metric"] = float(metric)


def classes_with(name: str, base: type = LRScheduler) -> Iterator[type]:
    """``base`` and its subclasses that define ``name`` themselves."""
    seen: set[type] = set()
    waiting: list[type] = [base]
    while waiting:
        found = waiting.pop()
        if found in seen:
            continue
        seen.add(found)
        waiting += found.__subclasses__()
        if name in vars(found):
            yield found


def watched_scheduler_step(original: Call, schedulers: Schedulers) -> Call:
    """``step`` of a scheduler class."""

    def step(self: Any, *args: Any, **kwargs: Any) -> Any:
        if schedulers.depth or not schedulers.recorder.here():
            return original(self, *args, **kwargs)
        before = schedulers.rates(self)
        schedulers.depth += 1
        try:
            result = original(self, *args, **kwargs)
        finally:
            schedulers.depth -= 1
        schedulers.stepped(self, before, args, kwargs, sys._getframe(1))
        return result

    return step


def watched_scheduler_init(original: Call, schedulers: Schedulers) -> Call:
    """``__init__`` of a scheduler class, which takes a first step by itself."""

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        schedulers.depth += 1
        try:
            original(self, *args, **kwargs)
        finally:
            schedulers.depth -= 1
        if not schedulers.depth and schedulers.recorder.here():
            schedulers.made(self, sys._getframe(1))

    return init
