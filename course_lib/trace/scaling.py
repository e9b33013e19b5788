"""Watching what stands around an optimizer: GradScaler and learning-rate schedulers."""

import weakref
from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from course_lib.trace.events import Event
from course_lib.trace.optimizers import Optimizers
from course_lib.trace.recorder import observing
from course_lib.trace.tensors import tensors_in

Call = Callable[..., Any]


class Scalers:
    """Writes down what GradScalers do; knows which tensors and gradients carry their factor."""

    def __init__(self, optimizers: Optimizers) -> None:
        self.recorder = optimizers.recorder
        self.optimizers = optimizers
        self._scaled: dict[int, tuple[weakref.ref[Tensor], int]] = {}

    def scaled_by(self, tensor: Tensor) -> int | None:
        """Id of the GradScaler that made this tensor."""
        known = self._scaled.get(id(tensor))
        return known[1] if known is not None and known[0]() is tensor else None

    def tell(self, kind: str, scaler: Any, optimizer: Optimizer | None = None) -> Event:
        """Write one call down."""
        who = {"scaler": self.recorder.thing("scaler", scaler)[0].id}
        if optimizer is not None:
            who["optimizer"] = self.recorder.thing("optimizer", optimizer)[0].id
            self.optimizers.seen(optimizer, None)
        enabled = scaler.is_enabled()
        event = self.recorder.emit(kind, who, enabled=enabled, scale=None)
        factor = scaler._scale if enabled else None
        if isinstance(factor, Tensor):
            self.recorder.late.note_now(event.numbers, "scale", factor)
        return event

    @observing
    def scaled(self, scaler: Any, outputs: Any) -> None:
        """``scale`` gave ``outputs``."""
        event = self.tell("scaler_scale", scaler)
        self._scaled = {key: kept for key, kept in self._scaled.items() if kept[0]() is not None}
        if scaler.is_enabled():
            for tensor in tensors_in(outputs):
                self._scaled[id(tensor)] = (weakref.ref(tensor), event.who["scaler"])

    @observing
    def unscaled(self, scaler: Any, optimizer: Optimizer) -> None:
        """``unscale_`` divided the gradients."""
        self.tell("scaler_unscale", scaler, optimizer)
        notes = self.optimizers.notes_of(optimizer)
        for note in notes:
            note.scaler = None
        self.optimizers.parameters.settle(notes)

    @observing
    def begin_step(self, scaler: Any, optimizer: Optimizer) -> Event:
        """``scaler.step(optimizer)`` begins."""
        event = self.tell("scaler_step", scaler, optimizer)
        self.recorder.enter(event)
        self.optimizers.unscaling = True
        return event

    @observing
    def end_step(self, event: Event, optimizer: Optimizer) -> None:
        """It is over; the optimizer may not have stepped."""
        self.optimizers.unscaling = False
        self.recorder.leave(event)
        since = self.recorder.events[event.index :]
        event.numbers["skipped"] = not any(
            e.kind == "step" and e.who["optimizer"] == event.who["optimizer"] for e in since
        )


def watched_scale(original: Call, scalers: Scalers) -> Call:
    """``GradScaler.scale``."""

    def scale(self: Any, outputs: Any) -> Any:
        result = original(self, outputs)
        if scalers.recorder.here():
            scalers.scaled(self, result)
        return result

    return scale


def watched_unscale(original: Call, scalers: Scalers) -> Call:
    """``GradScaler.unscale_``, called by the reader or by ``scaler.step``."""

    def unscale_(self: Any, optimizer: Any) -> Any:
        result = original(self, optimizer)
        if scalers.recorder.here():
            scalers.unscaled(self, optimizer)
        return result

    return unscale_


def watched_scaler_step(original: Call, scalers: Scalers) -> Call:
    """``GradScaler.step``."""

    def step(self: Any, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        if not scalers.recorder.here():
            return original(self, optimizer, *args, **kwargs)
        event = scalers.begin_step(self, optimizer)
        try:
            return original(self, optimizer, *args, **kwargs)
        except BaseException as error:
            if event is not None:
                scalers.recorder.raised(event, error)
            raise
        finally:
            if event is not None:
                scalers.end_step(event, optimizer)

    return step


def watched_update(original: Call, scalers: Scalers) -> Call:
    """``GradScaler.update``."""

    def update(self: Any, new_scale: Any = None) -> Any:
        try:
            result = original(self, new_scale)
        except BaseException as error:
            if scalers.recorder.here():
                observed_update(scalers, self, error)
            raise
        if scalers.recorder.here():
            observed_update(scalers, self)
        return result

    return update


def observed_update(scalers: Scalers, scaler: Any, error: BaseException | None = None) -> None:
    """Write an update down, whatever happens."""
    try:
        event = scalers.tell("scaler_update", scaler)
        if error is not None:
            scalers.recorder.raised(event, error)
    except Exception:
        scalers.recorder.surprised()
