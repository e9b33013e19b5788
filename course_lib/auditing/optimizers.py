"""Rules on what an optimizer holds, how often it is made, and its schedule."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from course_lib.auditing.facts import KNOWN, Facts
from course_lib.auditing.finding import Evidence
from course_lib.trace.events import Event


def params_not_in_optimizer(facts: Facts) -> Iterator[Evidence]:
    """Parameters get gradients, and no optimizer ever holds them."""
    if _only_other_things_are_optimised(facts):
        return
    for model in facts.end.get("models") or []:
        missing = model["got_gradient_not_in_optimizer"]
        if not missing or model["changed"] >= model["got_gradient"]:
            continue
        forwards = [f for f in _learning_forwards(facts) if f.who["model"] == model["id"]]
        if not forwards:
            continue
        if model["in_optimizer"] == 0 and not (
            _meant_to_learn(forwards)
            or _told_to_train(facts, model, forwards)
            or _judged_by_targets(facts, model, forwards)
        ):
            continue
        words = {"count": missing, "names": _listed(model["names"])}
        yield Evidence("params-not-in-optimizer", forwards[0], words)


def _learning_forwards(facts: Facts) -> list[Event]:
    """The forwards behind the backward passes of iterations in which an optimizer steps."""
    iterations = {s.iteration for s in facts.steps}
    found = {}
    for backward in facts.of("backward"):
        if backward.iteration in iterations and backward.numbers.get("reached"):
            for index in backward.numbers.get("forwards") or []:
                found[index] = facts.events[index]
    return list(found.values())


def _only_other_things_are_optimised(facts: Facts) -> bool:
    """An image, a prompt, an attack: the optimizer holds nothing of the models."""
    return not any(s.numbers.get("in_forward") for s in facts.steps)


def _meant_to_learn(forwards: list[Event]) -> bool:
    """A whole model outside any optimizer: only where it reads the batches, in training mode."""
    return all(
        f.numbers.get("training") and f.numbers.get("inputs") in ("same", "permuted")
        for f in forwards
    )


def _told_to_train(facts: Facts, model: dict[str, Any], forwards: list[Event]) -> bool:
    """A small model, not loaded, that reads what another gave: somebody calls its own train()."""
    if facts.between("load_state_dict", -1, len(facts.events)) or not _of_its_size(facts, model):
        return False
    return all(f.numbers.get("training") for f in forwards) and any(
        mode.who.get("model") == model["id"] and mode.numbers["training"]
        for mode in facts.of("mode")
    )


def _judged_by_targets(facts: Facts, model: dict[str, Any], forwards: list[Event]) -> bool:
    """A decoder, a head: it reads what a model that learns gave, and its output is compared with
    the batch's own tensors. A fixed network in a loss reads the targets too, was loaded, or is in
    eval mode; a big one behind a small trained part is left alone.
    """
    if facts.between("load_state_dict", -1, len(facts.events)) or not _of_its_size(facts, model):
        return False
    all_of_it = [f for f in facts.of("forward") if f.who["model"] == model["id"] if _learns(f)]
    if len(all_of_it) != len(forwards) or len({f.iteration for f in forwards}) < len(forwards):
        return False
    return all(
        f.numbers.get("training")
        and any(
            x.numbers.get("targets") in KNOWN and x.numbers.get("after_by") == "identity"
            for x in facts.losses_of(f)
        )
        for f in forwards
    )


def _learns(forward: Event) -> bool:
    return bool(forward.numbers.get("grad"))


def _of_its_size(facts: Facts, model: dict[str, Any]) -> bool:
    elements = {e.who["model"]: e.numbers.get("elements", 0) for e in facts.of("model")}
    learning = {m["id"] for m in facts.end.get("models") or [] if m["changed"]}
    return elements.get(model["id"], 0) <= 5 * sum(elements.get(i, 0) for i in learning)


def optimizer_has_stale_params(facts: Facts) -> Iterator[Evidence]:
    """An optimizer steps parameters that no model uses, while a model's own are in none."""
    orphans = [m for m in facts.end.get("models") or [] if m["got_gradient_not_in_optimizer"] > 0]
    for optimizer in facts.end.get("optimizers") or []:
        steps = [s for s in facts.steps if s.who["optimizer"] == optimizer["id"]]
        stale = list(takewhile(lambda s: s.numbers.get("not_in_forward"), reversed(steps)))[::-1]
        if not stale or not orphans:
            continue
        if len(steps) == len(stale) + 1 and not steps[0].numbers["with_grad"]:
            stale = steps  # its model ran once before, to look at shapes
        # From the steps, not from the end: by then the stale parameters may be gone.
        idle = min(s.numbers["parameters"] - s.numbers["with_grad"] for s in stale)
        if not idle:
            continue
        found = orphans[0]
        if len(stale) < len(steps):
            later = [m for m in orphans if _took_over(facts, m, idle, stale)]
            if not later:
                continue
            found = later[0]
        words = {
            "count": idle,
            "names": _listed(found["names"]),
            "orphans": found["got_gradient_not_in_optimizer"],
        }
        yield Evidence("optimizer-has-stale-params", stale[0], words)


def _took_over(facts: Facts, model: dict[str, Any], idle: int, stale: list[Event]) -> bool:
    """From the first stale step on, as many parameters of this model get gradients in vain."""
    if model["got_gradient_not_in_optimizer"] != idle or len(stale) < 2:
        return False
    if all(s.numbers.get("orphans") == idle for s in stale):
        earlier = [s for s in facts.steps if s.index < stale[0].index]
        return not any(s.numbers.get("orphans") for s in earlier)
    forwards = [f for f in _learning_forwards(facts) if f.who["model"] == model["id"]]
    live = [s.index for s in facts.steps if s.index < stale[0].index]
    return bool(forwards) and live[-1] < min(f.index for f in forwards)


def scheduler_before_optimizer(facts: Facts) -> Iterator[Evidence]:
    """A schedule moves on before the optimizer's first step, and the optimizer has the last."""
    by_scheduler: dict[int, list[Event]] = defaultdict(list)
    for event in facts.of("scheduler_step"):
        by_scheduler[event.who["scheduler"]].append(event)
    for moves in by_scheduler.values():
        first, last = moves[0], moves[-1]
        if first.numbers.get("optimizer_steps") or first.numbers.get("metric") is not None:
            continue
        if [s for s in facts.of("scaler_step") if s.index < first.index]:
            continue
        optimizer = first.who.get("optimizer")
        after = [s for s in facts.steps if s.who["optimizer"] == optimizer and s.index > last.index]
        together = [m for m in moves if not m.numbers.get("optimizer_steps")]
        if after and len(together) == 1:
            yield Evidence("scheduler-before-optimizer", first, {})


def _listed(names: list[str]) -> str:
    return ", ".join(names) if names else "some"
