"""A trace as a table to read."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from course_lib.trace.events import Event, Thing

_HEAD = ("#", "iteration", "what", "who", "numbers", "where")


def table(events: Sequence[Event], things: Sequence[Thing]) -> str:
    """One line an event, columns aligned."""
    rows = [_HEAD, *(_row(event, things) for event in events)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(lines)


def _row(event: Event, things: Sequence[Thing]) -> tuple[str, ...]:
    who = ", ".join(things[i].name for i in event.who.values() if i < len(things))
    tell = _TELL.get(event.kind)
    numbers = tell(event.numbers) if tell is not None else ""
    if event.numbers.get("raised"):
        numbers = f"{numbers} raised {event.numbers['raised']}".strip()
    inner = "  " if event.within is not None else ""
    return (
        str(event.index),
        str(event.iteration or ""),
        inner + event.kind,
        who,
        numbers,
        "" if event.where is None else str(event.where),
    )


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else str(value)
    return "?" if value is None else str(value)


def _backward(n: dict[str, Any]) -> str:
    if n.get("how") == "autograd.grad":
        return "autograd.grad"
    return f"from {_short(n.get('value'))} to {n.get('reached')} parameters"


def _forward(n: dict[str, Any]) -> str:
    mode = "train" if n.get("training") else "eval"
    return f"{mode} mode, {'with' if n.get('grad') else 'no'} gradients"


def _batch(n: dict[str, Any]) -> str:
    role = f"{n['role']}: " if n.get("role") else ""
    return f"{role}{_short(n.get('samples'))} samples"


def _step(n: dict[str, Any]) -> str:
    told = f"gradient {_short(n.get('grad_norm'))}, update {_short(n.get('update_norm'))}"
    return f"{told}, lr {', '.join(_short(rate) for rate in n.get('lr', []))}"


def _clip(n: dict[str, Any]) -> str:
    if n.get("how") == "value":
        return f"to ±{_short(n.get('limit'))}"
    return f"norm {_short(n.get('norm'))} to at most {_short(n.get('limit'))}"


def _rates(n: dict[str, Any]) -> str:
    before, after = (", ".join(map(_short, n.get(key, []))) for key in ("before", "after"))
    return f"lr {before} → {after}"


_TELL: dict[str, Callable[[dict[str, Any]], str]] = {
    "model": lambda n: f"{n.get('elements', 0):,} weights",
    "optimizer": lambda n: f"{n.get('parameters')} parameters",
    "loader": lambda n: f"{n.get('role') or 'role not known'}, {_short(n.get('batches'))} batches",
    "mode": lambda n: "train" if n.get("training") else "eval",
    "grad_enabled": lambda n: "on" if n.get("enabled") else "off",
    "epoch": lambda n: f"pass {n.get('pass')}",
    "batch": _batch,
    "forward": _forward,
    "loss": lambda n: f"{n.get('function')} = {_short(n.get('value'))}",
    "zero_grad": lambda n: f"{n.get('cleared')} gradients cleared",
    "backward": _backward,
    "clip": _clip,
    "step": _step,
    "scaler_scale": lambda n: f"× {_short(n.get('scale'))}",
    "scaler_unscale": lambda n: f"÷ {_short(n.get('scale'))}",
    "scaler_step": lambda n: "skipped" if n.get("skipped") else "",
    "scaler_update": lambda n: f"scale {_short(n.get('scale'))}",
    "scheduler_step": _rates,
    "manual_update": lambda n: f"{n.get('parameters')} parameters",
    "state_dict": lambda n: f"{n.get('keys')} tensors",
    "load_state_dict": lambda n: f"{n.get('keys')} tensors",
    "checkpoint": lambda n: n.get("file") or "",
}
