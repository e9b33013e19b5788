"""Rules on the order of the four steps: zero, backward, clip, step."""

from collections.abc import Iterator
from itertools import pairwise

from course_lib.auditing.facts import Facts
from course_lib.auditing.finding import Evidence
from course_lib.trace.events import Event


def missing_zero_grad(facts: Facts) -> Iterator[Evidence]:
    """A step uses gradients that an earlier step had used, together with newer ones."""
    for step in facts.steps:
        for group in step.numbers.get("gradients") or []:
            if group["edited"]:
                continue
            stale = group["used"] or _left_over(facts, step, group["backwards"])
            if stale and group["count"] > stale:
                yield Evidence("missing-zero-grad", step, {"count": group["count"]})
                break
    updates = [e.index for e in facts.of("manual_update")]
    backwards = [b for b in facts.of("backward") if b.numbers.get("reached")]
    for earlier, later in pairwise(backwards):
        updated = any(earlier.index < index < later.index for index in updates)
        if updated and later.numbers.get("accumulated") == later.numbers["reached"]:
            yield Evidence("missing-zero-grad", later, {"count": 2})


def _left_over(facts: Facts, step: Event, backwards: list[int]) -> int:
    """How many gradients another optimizer's step of an earlier batch left in these parameters."""
    latest = facts.events[backwards[-1]].iteration if backwards else 0
    older = [i for i in backwards if facts.events[i].iteration < latest]
    used_elsewhere = [
        i
        for i in older
        if any(
            other.who["optimizer"] != step.who["optimizer"]
            and i < other.index < backwards[-1]
            and i in {b.index for b in facts.backwards_of(other)}
            for other in facts.steps
        )
    ]
    return len(used_elsewhere) if used_elsewhere == older else 0


def zero_grad_before_step(facts: Facts) -> Iterator[Evidence]:
    """Fresh gradients are cleared, and then a step comes that finds none."""
    for step in facts.steps:
        if _has_gradient(step):
            continue
        clearings = facts.between("zero_grad", -1, step.index)
        if not clearings or not clearings[-1].numbers.get("unused"):
            continue
        latest = clearings[-1]
        since = latest.numbers["unused"][-1]
        if latest.numbers.get("how") != "hand":
            since = latest.index
        renewed = facts.between("backward", latest.index, step.index)  # and yet nothing came
        forwards = [f for f in facts.between("forward", since, step.index) if f.numbers.get("grad")]
        if not renewed and not forwards:
            yield Evidence("zero-grad-before-step", latest, {"step": step.where})


def missing_backward(facts: Facts) -> Iterator[Evidence]:
    """An optimizer steps again and again, each time after a forward pass without a backward."""
    for optimizer in {step.who["optimizer"]: step for step in facts.steps}:
        steps = [s for s in facts.steps if s.who["optimizer"] == optimizer]
        if any(_has_gradient(s) or s.numbers.get("with_grad") for s in steps):
            continue
        idle = all(_forward_without_backward(facts, s) for s in steps)
        if idle or _own_loss_each_time(facts, steps):
            yield Evidence("missing-backward", steps[0], {})


def _forward_without_backward(facts: Facts, step: Event) -> bool:
    """Whether, looking back from the step's end, a forward pass comes before any backward."""
    end = step.index
    if step.numbers.get("closure"):  # what it did comes after the step's own event
        inside = [e.index for e in facts.events[end:] if _is_within(facts, e, step)]
        end = max(inside, default=end) + 1
    forwards = [f for f in facts.between("forward", -1, end) if f.numbers.get("output_grad")]
    return bool(forwards) and not facts.between("backward", forwards[-1].index, end)


def _is_within(facts: Facts, event: Event, step: Event) -> bool:
    within = event.within
    return within is not None and (
        within == step.index or _is_within(facts, facts.events[within], step)
    )


def _own_loss_each_time(facts: Facts, steps: list[Event]) -> bool:
    """Before each of these steps without gradients, a loss with a graph that leads back to a model
    of this optimizer, which no backward ever reaches: a critic's, while the actor learns.
    """
    me = steps[0].who["optimizer"]
    models = {m for o in facts.end.get("optimizers") or [] if o["id"] == me for m in o["models"]}
    backwards = [set(b.numbers.get("models") or []) for b in facts.of("backward")]
    if any(not reached or models & reached for reached in backwards):
        return False  # one that reaches nothing may be meant for this very loss
    known = [
        loss.index
        for loss in facts.of("loss")
        if loss.numbers.get("grad")
        and loss.numbers.get("after_by") in ("identity", "graph")
        and facts.events[loss.numbers["after"]].who.get("model") in models
    ]
    starts = [-1, *(step.index for step in steps)]
    return all(
        any(start < index < step.index for index in known)
        for start, step in zip(starts, steps, strict=False)
    )


def step_before_backward(facts: Facts) -> Iterator[Evidence]:
    """forward, step, backward: the step cannot know the gradient of this batch."""
    for backward in facts.all_of("backward"):
        forwards = backward.numbers.get("forwards") or []
        if not forwards or backward.numbers.get("how") != "backward":
            continue
        steps = [
            s
            for s in facts.between("step", forwards[-1], backward.index)
            if s.numbers.get("in_forward") and not s.numbers.get("closure")
        ]
        if not steps or backward.within is not None:
            continue
        if not facts.between("backward", forwards[-1], steps[0].index):
            yield Evidence("step-before-backward", steps[0], {"backward": backward.where})


def no_step(facts: Facts) -> Iterator[Evidence]:
    """Gradients are computed in several iterations, and nothing ever uses them."""
    backwards = [
        b
        for b in facts.of("backward")
        if b.numbers.get("reached") and b.numbers.get("how") == "backward"
    ]
    if len({b.iteration for b in backwards}) < 2 or facts.of("manual_update"):
        return
    if facts.of("scaler_step"):
        return
    optimizers = {e.who["optimizer"]: e for e in facts.of("optimizer")}
    stepping = {s.who["optimizer"] for s in facts.all_of("step")}
    at_the_end = {o["id"]: o for o in facts.end.get("optimizers") or []}
    reached = {m for b in backwards for m in b.numbers.get("models") or []}
    for optimizer, event in optimizers.items():
        if optimizer in stepping:
            continue
        clearings = [z for z in facts.of("zero_grad") if z.who.get("optimizer") == optimizer]
        held = at_the_end.get(optimizer, {})
        if stepping and (len(clearings) < 2 or held.get("changed")):
            continue
        models = set(event.numbers.get("models") or []) | set(held.get("models", ()))
        if models & reached or (not models and not stepping):
            yield Evidence("no-step", backwards[0], {})
    roles = {batch.numbers.get("role") for b in backwards for batch in facts.batches_behind(b)}
    if not optimizers and not stepping and "train" in roles and facts.of("zero_grad"):
        yield Evidence("no-step", backwards[0], {})


def clip_after_step(facts: Facts) -> Iterator[Evidence]:
    """Gradients are clipped that a step has used already and none will use again."""
    for clip in facts.of("clip"):
        backwards = clip.numbers.get("backwards") or []
        limit = clip.numbers.get("limit")
        if not backwards or backwards != clip.numbers.get("used_before"):
            continue
        if limit is None or limit == float("inf"):
            continue
        following = next(
            (
                e
                for e in facts.events[clip.index + 1 :]
                if e.kind in ("step", "backward", "zero_grad")
            ),
            None,
        )
        if following is None or following.kind != "step":
            yield Evidence("clip-after-step", clip, {})


def clip_before_unscale(facts: Facts) -> Iterator[Evidence]:
    """Gradients are clipped while they carry a GradScaler's factor."""
    for clip in facts.of("clip"):
        if clip.numbers.get("scaled") and clip.numbers.get("limit") != float("inf"):
            yield Evidence("clip-before-unscale", clip, {})


def _has_gradient(step: Event) -> bool:
    return any(group["count"] for group in step.numbers.get("gradients") or [])
