"""Rules on train/eval mode and on gradients where nothing is learned."""

from collections.abc import Iterator

from course_lib.auditing.facts import Facts, Pass
from course_lib.auditing.finding import Evidence
from course_lib.trace.events import Event


def missing_eval_mode(facts: Facts) -> Iterator[Evidence]:
    """Held-out data goes through dropout or batch norm in training mode."""
    for one in facts.evaluations:
        together = [one.forwards]
        if len({f.who["model"] for f in one.forwards} & facts.trained_models) > 1:
            together += [  # an encoder and its head: one may be forgotten
                [f for f in one.forwards if f.who["model"] == model]
                for model in facts.trained_models
            ]
        for forwards in together:
            wrong = [f for f in forwards if _noisy(f) and _may_be_judged(facts, one, f)]
            if len(wrong) * 2 > len(forwards):
                yield Evidence("missing-eval-mode", wrong[0], _layers(wrong[0]))
    if facts.of("batch"):
        return
    functions = {loss.numbers.get("function") for loss in _trained_losses(facts)}
    for forward in facts.of("forward"):
        if not _noisy(forward) or forward.numbers.get("grad"):
            continue
        losses = [
            x
            for x in facts.losses_of(forward)
            if x.within == forward.index
            or x.numbers.get("after_by") == "identity"
            or not x.numbers.get("grad")  # of nobody else's output: a part of this one, say
        ]
        if any(x.numbers.get("function") in functions for x in losses):
            yield Evidence("missing-eval-mode", forward, _layers(forward))


def _trained_losses(facts: Facts) -> list[Event]:
    return [x for f in facts.trained_forwards for x in facts.losses_of(f)]


def _may_be_judged(facts: Facts, one: Pass, forward: Event) -> bool:
    if one.role is not None:
        return True
    return forward.who.get("model") in facts.trained_models and not forward.numbers.get("grad")


def _noisy(forward: Event) -> bool:
    layers = forward.numbers.get("layers") or {}
    on = layers.get("dropout_on", 0) + layers.get("batchnorm_on", 0)
    return bool(forward.numbers.get("training") and on)


def _layers(forward: Event) -> dict[str, object]:
    layers = forward.numbers.get("layers") or {}
    kinds = [
        name
        for key, name in (("dropout_", "dropout"), ("batchnorm_", "batch norm"))
        if layers.get(f"{key}on") or layers.get(f"{key}off")
    ]
    return {"layers": " and ".join(kinds) or "mode-dependent"}


def missing_train_mode(facts: Facts) -> Iterator[Evidence]:
    """Training goes on in the eval mode that an evaluation has set."""
    evaluations = [f for f in facts.of("forward") if not f.numbers.get("grad")]
    lines_of_evaluation = {
        switch.where
        for f in evaluations
        if (switch := facts.mode_before(f)) is not None and not switch.numbers["training"]
    }
    was_training = {f.who["model"] for f in facts.trained_forwards if f.numbers.get("training")}
    for forward in [*facts.trained_forwards, *_encoders_in_training(facts)]:
        layers = forward.numbers.get("layers") or {}
        off = layers.get("dropout_off", 0) + layers.get("batchnorm_off", 0)
        if forward.numbers.get("training") or not off:
            continue
        switch = facts.mode_before(forward)
        if switch is None or switch.numbers["training"]:
            continue
        model = forward.who["model"]
        meant_otherwise = any(
            switch.index < f.index < forward.index and f.who["model"] == model for f in evaluations
        )
        shared_line = model not in was_training and switch.where in lines_of_evaluation
        several = len([m for m in facts.of("mode") if m.where == switch.where]) > 1
        if meant_otherwise or (shared_line and several):
            words = _layers(forward) | {"switch": switch.where}
            yield Evidence("missing-train-mode", forward, words)


def _encoders_in_training(facts: Facts) -> list[Event]:
    """Forwards whose outputs go on into a model that learns, of models that have learned
    themselves, in training mode, before.
    """
    found, was_training = [], set()
    for head in facts.trained_forwards:
        index = head.numbers.get("fed_by")
        if index is None:
            continue
        forward = facts.events[index]
        if forward.numbers.get("training"):
            was_training.add(forward.who["model"])
        elif forward.who["model"] in was_training & facts.trained_models:
            found.append(forward)
    return found


def grad_in_validation(facts: Facts) -> Iterator[Evidence]:
    """Held-out data goes through the model while autograd records a graph nobody uses."""
    for one in facts.evaluations:
        wrong = [f for f in one.forwards if f.numbers.get("grad") and f.numbers.get("output_grad")]
        learned = wrong and (one.role or wrong[0].who["model"] in facts.trained_models)
        if learned and len(wrong) * 2 > len(one.forwards):
            yield Evidence("grad-in-validation", wrong[0], {})
    if not facts.of("batch"):
        wrong = [f for f in facts.of("forward") if _idle_graph(facts, f)]
        if len({f.iteration for f in wrong}) > 1:
            yield Evidence("grad-in-validation", wrong[0], {})


def _idle_graph(facts: Facts, forward: Event) -> bool:
    """In eval mode, a loss with a graph, and the next backward is of the training mode."""
    if forward.numbers.get("training") or not forward.numbers.get("output_grad"):
        return False
    if not any(loss.numbers.get("grad") for loss in facts.losses_of(forward)):
        return False
    trained = facts.trained_forwards
    if not trained or any(f.index == forward.index for f in trained):
        return False
    following = next((b for b in facts.all_of("backward") if b.index > forward.index), None)
    if following is None:
        return True
    last = facts.forwards_behind(following)
    return bool(last and last[-1].index > forward.index and last[-1].numbers.get("training"))
