"""The rule on a GradScaler that refuses to go on: it tells that a step of the loop is missing.

It raises in the very first iteration, so no other rule ever sees the loop repeat its mistake.
"""

from collections.abc import Iterator

from course_lib.auditing.facts import Facts
from course_lib.auditing.finding import Evidence
from course_lib.trace.events import Event

_REFUSAL = "No inf checks were recorded"


def scaler_refused(facts: Facts) -> Iterator[Evidence]:
    """``scaler.step`` found no gradients, or ``scaler.update`` no step."""
    for event in [*facts.all_of("scaler_step"), *facts.all_of("scaler_update")]:
        if not str(event.numbers.get("message", "")).startswith(_REFUSAL):
            continue
        backwards = [b for b in facts.between("backward", -1, event.index) if _reached(b)]
        if event.kind == "scaler_update":
            since = backwards[-1].index if backwards else event.index
            if backwards and not facts.between("scaler_step", since, event.index):
                yield Evidence("no-step", backwards[-1], {})
            continue
        start = backwards[-1].index if backwards else -1
        cleared = [z for z in facts.between("zero_grad", start, event.index) if _threw_away(z)]
        forwards = facts.between("forward", start, event.index)
        if cleared:
            yield Evidence("zero-grad-before-step", cleared[0], {"step": event.where})
        elif any(f.numbers.get("output_grad") for f in forwards):
            yield Evidence("missing-backward", event, {})


def _reached(backward: Event) -> bool:
    return bool(backward.numbers.get("reached"))


def _threw_away(zero_grad: Event) -> bool:
    return bool(zero_grad.numbers.get("unused"))
