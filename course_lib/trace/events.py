"""The record's smallest parts: an event, where in the reader's code it happened, who took part."""

from dataclasses import dataclass, field
from typing import Any

KINDS = (
    "model",  # first seen
    "optimizer",  # made, or first seen
    "loader",  # first seen
    "mode",
    "grad_enabled",
    "epoch",
    "batch",
    "forward",
    "loss",
    "zero_grad",
    "backward",
    "scaler_scale",
    "scaler_unscale",
    "clip",
    "scaler_step",
    "step",
    "scaler_update",
    "scheduler_step",
    "manual_update",
    "state_dict",
    "load_state_dict",
    "checkpoint",
    "end",
)


@dataclass(frozen=True, slots=True)
class Where:
    """A line of the reader's own code: the innermost one outside torch, this library and other
    installed packages.

    Attributes:
        file: as Python names it; of a notebook's cell a made-up name.
        line: from 1.
        function: the function's name; ``<module>`` at the top level.
        cell: the number in ``In [n]`` of a notebook's cell, else None.
    """

    file: str
    line: int
    function: str
    cell: int | None = None

    def __str__(self) -> str:
        if self.cell is not None:
            return f"In [{self.cell}] line {self.line}"
        return f"{self.file.replace(chr(92), '/').rsplit('/', 1)[-1]}:{self.line}"


@dataclass(frozen=True, slots=True)
class Thing:
    """A model, optimizer, loader, … that took part. ``trace.things[event.who["model"]]``.

    Attributes:
        id: its place in ``trace.things``; never used again for another object.
        kind: "model", "optimizer", "loader", "scheduler", "scaler" or "loss".
        name: its class, and a number where there are several: ``Net``, ``Net 2``.
    """

    id: int
    kind: str
    name: str


@dataclass(slots=True)  # a frozen one takes four times as long to make
class Event:
    """One thing that the loop did. The kinds and their numbers: see :mod:`course_lib.trace`.

    Attributes:
        index: its place in the trace, from 0.
        kind: one of ``KINDS``.
        iteration: from 1; each new batch, or round without a loader, begins one. 0: before.
        where: None where no line of the reader's is to be seen.
        who: the ids of those who took part, such as ``{"optimizer": 2}``.
        numbers: whatever was measured, in JSON's types. Complete after the ``with`` block: what
            was computed on a GPU is read late, many at once.
        within: index of the event during which it happened: the ``step`` that called a closure,
            the ``forward`` that computed its own loss, the ``scaler_step`` around a ``step``.
    """

    index: int
    kind: str
    iteration: int
    where: Where | None = None
    who: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, Any] = field(default_factory=dict)
    within: int | None = None
