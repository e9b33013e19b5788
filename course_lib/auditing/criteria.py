"""The rule on losses that have something to learn themselves: margins, centres, task weights."""

from collections.abc import Iterator
from typing import Any

from course_lib.auditing.facts import KNOWN, Facts
from course_lib.auditing.finding import Evidence
from course_lib.trace.events import Event


def criterion_not_in_optimizer(facts: Facts) -> Iterator[Evidence]:
    """A loss's own parameters get gradients while a model learns, and no optimizer holds them.

    Its own, for a network inside a loss (perceptual, a teacher) is mostly fixed on purpose.
    """
    for model in facts.end.get("models") or []:
        missing = model["got_gradient_not_in_optimizer"]
        own = all("." not in name for name in model["names"])
        if not missing or missing < model["parameters"] or model["changed"] or not own:
            continue
        calls = _calls(facts, model)
        if calls and _learner_behind(facts, calls):
            words = {"count": missing, "names": ", ".join(model["names"])}
            yield Evidence("params-not-in-optimizer", calls[0], words)


def _calls(facts: Facts, model: dict[str, Any]) -> list[Event]:
    """The calls of a module of the reader's that compares with the batch's targets by itself."""
    named = [x for x in facts.of("loss") if x.who.get("loss") == model["id"]]
    forwards = [f for f in facts.of("forward") if f.who.get("model") == model["id"]]
    inside = {x.within for x in facts.of("loss") if x.numbers.get("targets") in KNOWN}
    return named or (forwards if all(f.index in inside for f in forwards) else [])


def _learner_behind(facts: Facts, calls: list[Event]) -> bool:
    """Whether what these calls judge comes from a model that an optimizer changes."""
    changed = {m["id"] for m in facts.end.get("models") or [] if m["changed"]}
    sources = {call.numbers.get("fed_by", call.numbers.get("after")) for call in calls}
    return all(i is not None and facts.events[i].who.get("model") in changed for i in sources)
