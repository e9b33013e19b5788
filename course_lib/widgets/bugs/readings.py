"""What a trace tells of a loop's health: nine readings, and the order of its events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from course_lib.trace import Event, Trace

HELD_OUT = ("val", "test")
IN_AN_ITERATION = ("forward", "loss", "zero_grad", "backward", "clip", "step")


@dataclass(frozen=True)
class Reading:
    """One thing read off a trace. ``key`` for code, ``name`` and ``value`` for people."""

    key: str
    name: str
    value: str


def readings(trace: Trace) -> list[Reading]:
    """The nine readings, in the order in which they are shown."""
    forwards = trace.of_kind("forward")
    measured = [event for event in forwards if _role(event) in HELD_OUT]
    trained = [event for event in forwards if _role(event) not in HELD_OUT]
    return [
        Reading("summed", "batches in one gradient", _summed(trace)),
        Reading("moved", "tensors that steps moved", _moved(trace)),
        Reading("trained", "trained in train mode", _share(trained, "training", True)),
        Reading("measured", "measured in eval mode", _share(measured, "training", False)),
        Reading("graphless", "measured without graph", _share(measured, "output_grad", False)),
        Reading("alive", "graphs kept, at most", str(_alive(trace))),
        Reading("given", "the loss is given", _given(trace)),
        Reading("rates", "rates of epochs 1 to 4", _rates(trace)),
        Reading("learned", "learned from", _learned(trace)),
    ]


def _role(event: Event) -> object:
    return event.numbers.get("role")


def _share(forwards: list[Event], key: str, wanted: bool) -> str:
    right = sum(bool(event.numbers.get(key)) is wanted for event in forwards)
    if right in (0, len(forwards)):
        return "all batches" if right else "no batch"
    return f"{right} of {len(forwards)}"


def _summed(trace: Trace) -> str:
    groups = [group for step in trace.of_kind("step") for group in step.numbers["gradients"]]
    return str(max((group["count"] for group in groups), default=0))


def _moved(trace: Trace) -> str:
    models = [m for end in trace.of_kind("end") for m in end.numbers["models"]]
    whole = max(models, key=lambda model: model["parameters"], default=None)
    return "none" if whole is None else f"{whole['changed']} of {whole['parameters']}"


def _alive(trace: Trace) -> int:
    return max((e.numbers.get("graphs_alive") or 0 for e in trace.of_kind("backward")), default=0)


def _given(trace: Trace) -> str:
    kinds = {e.numbers.get("input") for e in trace.of_kind("loss")} - {None}
    if "probabilities" in kinds:
        return "probabilities"
    return "raw scores" if kinds else "unknown"


def _rates(trace: Trace, count: int = 4) -> str:
    """The rate of the first steps of each epoch, an epoch ending with its last training batch."""
    rates: list[float] = []
    fresh = True
    for event in trace:
        if event.kind == "step" and fresh:
            rates.append(event.numbers["lr"][0])
            fresh = False
        elif event.kind in ("batch", "forward") and _role(event) in HELD_OUT:
            fresh = True
    return " ".join(f"{rate:g}".removeprefix("0") for rate in rates[:count])


def _learned(trace: Trace) -> str:
    loaders = {
        event.who["loader"]: event.numbers.get("joined") or [event.numbers.get("role")]
        for event in trace.of_kind("loader")
    }
    used = {
        role
        for backward in trace.of_kind("backward")
        if (loss := backward.numbers.get("loss")) is not None
        if (batch := trace[loss].numbers.get("batch")) is not None
        for role in loaders.get(trace[batch].who["loader"], [])
    }
    return " + ".join(role for role in ("train", "val", "test") if role in used) or "unknown"


def epoch_in_words(trace: Trace, epoch: int = 2) -> str:
    """The events of one epoch in order, repetitions counted: ``20 × (forward loss …) · …``.

    Args:
        trace: of a loop that goes over a training loader once an epoch.
        epoch: from 1.
    """
    return " · ".join(
        words if count == 1 else f"{count} × ({words})"
        for words, count in _repeated(_phrases(_events_of(trace, epoch)))
    )


def _events_of(trace: Trace, epoch: int) -> list[Event]:
    """From the end of the measuring before this epoch to the end of its own."""
    found: list[Event] = []
    number, measuring = 1, False
    for event in trace:
        held_out = event.kind in ("batch", "forward") and _role(event) in HELD_OUT
        if event.kind in ("mode", "scheduler_step", "batch"):
            number += measuring and not held_out and not _to_eval(event)
            measuring = held_out or (measuring and _to_eval(event))
        if number == epoch:
            found.append(event)
    return found


def _to_eval(event: Event) -> bool:
    return event.kind == "mode" and not event.numbers["training"]


def _phrases(events: Iterable[Event]) -> list[str]:
    phrases: list[list[str]] = []
    for event in events:
        if event.kind == "batch":
            phrases.append([])
        elif event.kind == "mode":
            phrases.append(["train()" if event.numbers["training"] else "eval()"])
        elif event.kind == "scheduler_step":
            phrases.append(["scheduler.step()"])
        elif event.kind in IN_AN_ITERATION and phrases:
            phrases[-1].append(event.kind)
    return [" ".join(phrase) for phrase in phrases if phrase]


def _repeated(phrases: list[str]) -> list[tuple[str, int]]:
    return [(phrase, len(list(same))) for phrase, same in groupby(phrases)]
