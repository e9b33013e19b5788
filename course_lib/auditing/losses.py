"""Rules on the loss: what goes into it, how it is scaled, whether it leads back to the model."""

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator

from course_lib.auditing.facts import Facts
from course_lib.auditing.finding import Evidence
from course_lib.auditing.loss_sums import whole_sums
from course_lib.trace.events import Event

_SEVERAL = 3  # steps
_INCREASES = 3  # graphs alive in so many iterations, one more each time


def loss_graph_retained(facts: Facts) -> Iterator[Evidence]:
    """From update to update, one more old graph is alive.

    Between two updates graphs may pile up on purpose: a meta-learner's inner steps, an episode.
    """
    updates = sorted(e.index for e in [*facts.steps, *facts.of("manual_update")])
    run, latest, before = 0, (-1, -1), None
    for backward in facts.of("backward"):
        alive = backward.numbers.get("graphs_alive")
        now = backward.iteration, bisect(updates, backward.index)
        if alive is None or now[0] == latest[0] or (updates and now[1] == latest[1]):
            continue
        run = run + 1 if before is not None and alive > before else 0
        latest, before = now, alive
        if run >= _INCREASES and alive >= _INCREASES:
            yield Evidence("loss-graph-retained", backward, {"alive": alive})
            return


def softmax_before_cross_entropy(facts: Facts) -> Iterator[Evidence]:
    """Probabilities go into a loss that expects logits or log-probabilities."""
    looked: dict[tuple[object, object], list[Event]] = defaultdict(list)
    for loss in facts.of("loss"):
        if loss.numbers.get("input") is not None:
            looked[loss.numbers.get("function"), loss.where].append(loss)
    for (function, _), losses in looked.items():
        if all(_wrong_input(str(function), loss) for loss in losses):
            yield Evidence("softmax-before-cross-entropy", losses[0], {"function": function})


def _wrong_input(function: str, loss: Event) -> bool:
    kind, operation = loss.numbers["input"], loss.numbers.get("input_op") or ""
    if function == "cross_entropy":
        return kind == "probabilities"
    if function == "nll_loss":
        return kind == "probabilities" and "LogSoftmax" not in operation
    if function == "binary_cross_entropy_with_logits":
        return kind in ("unit_interval", "probabilities") and operation.startswith("Sigmoid")
    return False


def accumulation_unscaled(facts: Facts) -> Iterator[Evidence]:
    """A step uses the sum of mean losses of several batches, none divided by their number."""
    sums = whole_sums(facts)
    wrong = [(step, count) for step in facts.steps if (count := _summed_means(facts, step, sums))]
    if wrong and len(wrong) * 2 >= len(facts.steps):
        step, count = wrong[0]
        yield Evidence("accumulation-unscaled", step, {"count": count})


def _summed_means(facts: Facts, step: Event, sums: set[int]) -> int:
    groups = step.numbers.get("gradients") or []
    if not groups or any(g["used"] or g["edited"] for g in groups):
        return 0
    group = max(groups, key=lambda g: g["parameters"])
    backwards = [facts.events[i] for i in group["backwards"]]
    whole = all(b.index in sums or _is_whole_mean(facts, b) for b in backwards)
    if len(backwards) < 2 or not whole:
        return 0
    batches = {batch.index: batch for b in backwards for batch in facts.batches_behind(b)}
    if batches:
        one_loader = len({batch.who["loader"] for batch in batches.values()}) == 1
        return group["count"] if one_loader and len(batches) == len(backwards) else 0
    iterations = {b.iteration for b in backwards}
    lines = {b.where for b in backwards}
    return group["count"] if len(iterations) > 2 and len(lines) == 1 else 0


def _is_whole_mean(facts: Facts, backward: Event) -> bool:
    index, scale = backward.numbers.get("loss"), backward.numbers.get("scale")
    if index is None:  # written by hand: its last operation tells whether it is a mean
        return backward.numbers.get("operation") == "MeanBackward0"
    if scale is None:
        return False
    loss = facts.events[index]
    scaler = backward.numbers.get("scaled_by")
    if scaler is not None:
        factors = [
            e.numbers.get("scale")
            for e in facts.of("scaler_scale")
            if e.index < backward.index and e.who.get("scaler") == scaler
        ]
        if not factors or not factors[-1]:
            return False
        scale /= factors[-1]
    return loss.numbers.get("reduction") == "mean" and abs(scale - 1) < 1e-3


def gradient_not_reaching_model(facts: Facts) -> Iterator[Evidence]:
    """A backward pass finds no way back to the parameters that are to learn."""
    for backward in facts.all_of("backward"):
        if backward.numbers.get("how") != "backward":
            continue
        cut = backward.numbers.get("graph") is False or not backward.numbers.get("reached")
        if backward.numbers.get("raised") and backward.numbers.get("graph") is not False:
            continue
        if cut and _learner_ran(facts, backward):
            yield Evidence("gradient-not-reaching-model", backward, {"what": "any parameter"})
    trained = [f for f in facts.of("forward") if f.numbers.get("training")]
    ran = {f.who["model"] for f in trained if f.numbers.get("grad") and f.numbers.get("trainable")}
    for model in facts.end.get("models") or []:
        if model["id"] not in ran or not facts.trained_models or not model["in_optimizer"]:
            continue
        first = next(f for f in trained if f.who["model"] == model["id"])
        if model["trainable"] and not model["got_gradient"]:
            words: dict[str, object] = {"what": f"{facts.name(model['id'])}'s parameters"}
            yield Evidence("gradient-not-reaching-model", first, words)
        elif names := model.get("first_layer_without_gradient"):
            words = {"what": ", ".join(names)}
            yield Evidence("gradient-not-reaching-model", first, words)
    yield from _never_for_its_optimizer(facts, ran)


def _never_for_its_optimizer(facts: Facts, ran: set[int]) -> Iterator[Evidence]:
    """Gradients come, and never to the parameters of the optimizer that steps next: a generator
    whose images are detached. (Its parameters may get others' gradients, which are cleared.)
    """
    names = {m["id"]: facts.name(m["id"]) for m in facts.end.get("models") or [] if m["id"] in ran}
    for optimizer in facts.end.get("optimizers") or []:
        steps = [s for s in facts.steps if s.who["optimizer"] == optimizer["id"]]
        behind = [_backward_meant_for(facts, step) for step in steps]
        own = [names[model] for model in optimizer["models"] if model in names]
        if len(steps) >= _SEVERAL and own and all(behind):
            words: dict[str, object] = {"what": f"{own[0]}'s parameters"}
            yield Evidence("gradient-not-reaching-model", behind[0] or steps[0], words)


def _backward_meant_for(facts: Facts, step: Event) -> Event | None:
    """The backward between the clearing and this step, where it left the step no gradient."""
    if step.numbers.get("with_grad"):
        return None
    cleared = facts.between("zero_grad", -1, step.index)
    since = cleared[-1].index if cleared else -1
    backwards = facts.between("backward", since, step.index)
    return backwards[-1] if backwards else None


def _learner_ran(facts: Facts, backward: Event) -> bool:
    """In this iteration a model with trainable parameters ran, and an optimizer is there."""
    ran = [
        f
        for f in facts.of("forward")
        if f.iteration == backward.iteration
        and f.index < backward.index
        and f.numbers.get("trainable")
        and f.numbers.get("training")
    ]
    held = [o for o in facts.of("optimizer") if o.numbers.get("models")]
    cleared = [z for z in facts.of("zero_grad") if z.who]
    return bool(ran) and bool(held or cleared)
