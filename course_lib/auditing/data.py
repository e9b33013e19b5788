"""Rules on the data: which of it is learned from, in what order, with which targets."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import pairwise

from course_lib.auditing.facts import KNOWN, Facts
from course_lib.auditing.finding import Evidence
from course_lib.trace.events import Event


def held_out_data(facts: Facts) -> Iterator[Evidence]:
    """Weights learn from data of validation or test: in the training loop, or in the evaluation."""
    learned: dict[str, list[tuple[Event, Event, Event]]] = defaultdict(list)
    for step in facts.steps:
        for backward in facts.backwards_of(step):
            for batch in facts.batches_behind(backward):
                role = batch.numbers.get("role")
                if role is not None:
                    learned[role].append((step, backward, batch))
    lines = {step.where for step, _, _ in learned["train"]}
    optimizers = {step.who["optimizer"] for step, _, _ in learned["train"]}
    for role in ("val", "test"):
        if not learned[role]:
            continue
        step, backward, _ = learned[role][0]
        if optimizers and not optimizers & {s.who["optimizer"] for s, _, _ in learned[role]}:
            continue  # temperature scaling, architecture search: learned on it on purpose
        forwards = facts.forwards_behind(backward)
        as_evaluation = forwards and not forwards[-1].numbers.get("training")
        elsewhere = as_evaluation or step.where not in lines or _called_apart(facts, role)
        if lines and elsewhere:
            yield Evidence("validation-updates-weights", step, {"role": role})
        elif _judged_later(facts, role, step) or not (lines or _named_so(facts, role)):
            yield Evidence(f"train-on-{role}", backward, {"loader": role})


def _named_so(facts: Facts, role: str) -> bool:
    """Whether only a name says what these data are for, beside no other: a toy's may be "test"."""
    by = {e.numbers.get("role"): e.numbers.get("role_by") for e in facts.of("loader")}
    return by == {role: "name"}


def _called_apart(facts: Facts, role: str) -> bool:
    """Epoch by epoch one function learns from training data and, in another call, from these, of
    which nothing else is ever asked: ``run_epoch(val, optimizer)``.
    """
    passes = [one for one in facts.passes if one.role in ("train", role)]
    passes = [one for one in passes if one.trained or one.role == role]
    turns = [one.role for one in passes]
    in_turn = turns.count(role) > 1 and all(a != b for a, b in pairwise(turns))
    if not in_turn or not all(one.trained for one in passes):
        return False
    calls = {(e.who["loader"], e.numbers["pass"]): e.numbers["calls"] for e in facts.of("epoch")}
    under_way = [(one.role, calls.get((one.loader, one.number), [])) for one in passes]
    callers = [others[1:2] for whose, others in under_way if whose == "train"]
    return all(
        own[:1] == under_way[0][1][:1] and (whose == "train" or own[1:2] not in callers)
        for whose, own in under_way
    )


def joined_data(facts: Facts) -> Iterator[Evidence]:
    """Training data that contains the data which judges the model afterwards."""
    loaders = {e.who["loader"]: e.numbers for e in facts.of("loader")}
    for step in facts.steps:
        for backward in facts.backwards_of(step):
            for batch in facts.batches_behind(backward):
                own = loaders.get(batch.who["loader"], {})
                for role in ("val", "test"):
                    known = role in (own.get("joined") or []) and _judged_later(facts, role, step)
                    if known or _judged_later(facts, role, step, own.get("holds") or []):
                        yield Evidence(f"train-on-{role}", backward, {"loader": role})
                        return


def _judged_later(
    facts: Facts, role: str, step: Event, loaders: Collection[int] | None = None
) -> bool:
    """Whether data of that role, or one of these loaders of it, is looked at after the step."""
    return any(
        one.role == role and one.forwards and one.forwards[-1].index > step.index
        for one in facts.passes
        if not one.trained and (loaders is None or one.loader in loaders)
    )


def validation_without_roles(facts: Facts) -> Iterator[Evidence]:
    """One loader is learned from in training mode only, another in eval mode only."""
    modes: dict[int, set[bool]] = defaultdict(set)
    first: dict[int, Event] = {}
    for step in facts.steps:
        for backward in facts.backwards_of(step):
            for batch in facts.batches_behind(backward):
                if batch.numbers.get("role") is not None:
                    return
                for forward in facts.forwards_behind(backward):
                    modes[batch.who["loader"]].add(bool(forward.numbers.get("training")))
                    first.setdefault(batch.who["loader"], step)
    if {True} not in modes.values():
        return
    for loader, seen in modes.items():
        if seen == {False}:
            yield Evidence("validation-updates-weights", first[loader], {"role": "held-out"})


def shuffled_labels(facts: Facts) -> Iterator[Evidence]:
    """Inputs and targets of a batch are in different orders."""
    wrong, right = [], 0
    for forward in facts.trained_forwards:
        losses = facts.losses_of(forward)
        orders = {x.numbers.get("targets") for x in losses} & set(KNOWN)
        own = forward.numbers.get("inputs")
        if own in KNOWN and any(_other_samples(facts, forward, x) for x in losses):
            wrong.append(forward)
            continue
        if own not in KNOWN or not orders:
            continue
        if orders == {own}:
            right += 1
        elif own not in orders:
            wrong.append(forward)
    if len(wrong) > max(1, right):
        yield Evidence("shuffled-labels", wrong[0], {})
    for one in facts.passes:
        pairs = [b for b in one.batches if b.numbers.get("pairs") is not None]
        wrong = [b for b in pairs if not b.numbers["pairs"]]
        if one.trained and len(wrong) * 2 > len(pairs) and len(pairs) > 1:
            yield Evidence("shuffled-labels", wrong[0], {})


def _other_samples(facts: Facts, forward: Event, loss: Event) -> bool:
    """Inputs of one loader, targets of another just as large, and at another place in it."""
    if loss.numbers.get("targets") not in KNOWN:
        return False
    inputs = facts.events[forward.numbers["batch"]]
    targets = facts.events[loss.numbers["batch"]]
    sizes = {
        e.numbers.get("samples")
        for e in facts.of("loader")
        if e.who["loader"] in (inputs.who["loader"], targets.who["loader"])
    }
    places = inputs.numbers.get("first"), targets.numbers.get("first")
    apart = inputs.who["loader"] != targets.who["loader"] and len(sizes) == 1
    return apart and None not in places and places[0] != places[1]


def unshuffled_training(facts: Facts) -> Iterator[Evidence]:
    """Labelled samples class after class; or, where the reader said that this is the training data,
    in the same order in every epoch: the order of data that nobody named may be random already.
    """
    orders = {e.who["loader"]: e.numbers for e in facts.of("loader")}
    passes = defaultdict(list)
    for one in facts.passes:
        if one.trained and one.role in (None, "train"):
            passes[one.loader].append(one)
    for loader, several in passes.items():
        numbers = orders.get(loader) or {}
        batches = several[0].batches
        if numbers.get("order") != "sequential" or len(batches) < 3 or not _classes(facts, loader):
            continue
        if any(b.numbers.get("order") == "mixed" for one in several for b in one.batches):
            continue
        named = numbers.get("role") == "train" and numbers.get("role_by") != "name"
        again = len([one for one in several if len(one.batches) > 1]) > 1
        if (named and again) or _sorted(batches):
            yield Evidence("unshuffled-training", batches[0], {})


def _classes(facts: Facts, loader: int) -> bool:
    """One class for each sample: no tokens, no regression."""
    batches = {b.index: b for b in facts.of("batch") if b.who["loader"] == loader}
    counts = [
        b.numbers["distinct_targets"] for b in batches.values() if b.numbers.get("distinct_targets")
    ]
    losses = [x for x in facts.of("loss") if x.numbers.get("batch") in batches]
    judged = [
        x.numbers.get("function") in ("cross_entropy", "nll_loss")
        and x.numbers.get("samples") == batches[x.numbers["batch"]].numbers.get("samples")
        for x in losses
    ]
    return bool(counts) and bool(judged) and all(judged)


def _sorted(batches: list[Event]) -> bool:
    counts = [b.numbers["distinct_targets"] for b in batches if b.numbers.get("distinct_targets")]
    return bool(counts) and sum(c == 1 for c in counts) * 2 > len(counts)
