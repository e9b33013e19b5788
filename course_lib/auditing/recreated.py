"""The rule on an optimizer that is made anew while its model learns on."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from course_lib.auditing.facts import Facts
from course_lib.auditing.finding import Evidence
from course_lib.trace.events import Event


def optimizer_recreated(facts: Facts) -> Iterator[Evidence]:
    """The same line makes the same optimizer again and again, for an epoch or a batch each."""
    made: dict[Any, list[Event]] = defaultdict(list)
    for event in facts.of("optimizer"):
        numbers = event.numbers
        if numbers.get("created") and event.where is not None:
            settings = numbers.get("class"), numbers.get("parameters")
            made[event.where, settings].append(event)
    for events in made.values():
        again = [e for e in events if _replaces_a_used_one(facts, e)]
        rates = {tuple(e.numbers["lr"]) for e in events}
        short = [e for e in again if _one_pass_each(facts, e)]
        if len(rates) > 1:  # a decay by hand, unless these are the stages of a fine-tuning
            often = len(short) > 2 and len(short) == len(again)
        else:
            often = len(again) > 1 or bool(len(events) > 1 and short)
        if often:
            yield Evidence("optimizer-recreated", again[0], {"times": len(events)})


def _replaces_a_used_one(facts: Facts, made: Event) -> bool:
    numbers = made.numbers
    used = numbers.get("replaces") is not None and bool(numbers.get("older_steps"))
    return used and not _started_over(facts, made) and not _other_data(facts, made)


def _other_data(facts: Facts, made: Event) -> bool:
    """It learns from other data than the older one did: the next task."""
    older = _data_of(facts, made.numbers["replaces"])
    newer = _data_of(facts, made.who["optimizer"])
    return bool(older and newer) and not older & newer


def _data_of(facts: Facts, optimizer: int) -> set[tuple[str, Any]]:
    """Data sets, or loaders without one, that this optimizer's steps used."""
    datasets = {e.who["loader"]: e.numbers.get("dataset") for e in facts.of("loader")}
    steps = [s for s in facts.steps if s.who["optimizer"] == optimizer]
    backwards = [b for s in steps for b in facts.backwards_of(s)]
    loaders = {batch.who["loader"] for b in backwards for batch in facts.batches_behind(b)}
    return {
        ("loader", loader) if datasets.get(loader) is None else ("dataset", datasets[loader])
        for loader in loaders
    }


def _started_over(facts: Facts, made: Event) -> bool:
    """The weights were set back between the older optimizer's last step and this one."""
    if made.numbers.get("reset"):
        return True
    older = made.numbers.get("replaces")
    last = [s.index for s in facts.steps if s.who["optimizer"] == older and s.index < made.index]
    return bool(last and facts.between("load_state_dict", last[-1], made.index))


def _one_pass_each(facts: Facts, made: Event) -> bool:
    """The older optimizer lived for one pass over the data at most."""
    older = made.numbers.get("replaces")
    first = [s.index for s in facts.steps if s.who["optimizer"] == older]
    if not first:
        return False
    steps = {s.index for s in facts.steps if s.who["optimizer"] == older}
    backwards = [b for s in facts.steps if s.index in steps for b in facts.backwards_of(s)]
    passes = {
        (batch.who["loader"], batch.numbers.get("pass"))
        for b in backwards
        for batch in facts.batches_behind(b)
    }
    following = [
        (batch.who["loader"], batch.numbers.get("pass"))
        for b in facts.learning_backwards
        if b.index > made.index
        for batch in facts.batches_behind(b)
    ]
    return len(passes) == 1 and bool(following) and following[0][0] in {p[0] for p in passes}
