"""The rule on a loop that learns from one batch again and again."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby

from course_lib.auditing.facts import KNOWN, Facts
from course_lib.auditing.finding import Evidence
from course_lib.trace.events import Event

_SEVERAL, _MANY = 3, 10  # updates


def same_batch(facts: Facts) -> Iterator[Evidence]:
    """The loop means to go through the data, and learns from one batch again and again."""
    yield from _first_batch_only(facts)
    yield from _all_batches_alike(facts)
    yield from _drawn_but_not_used(facts)
    yield from _drawn_once(facts)
    yield from _made_once(facts)


def _first_batch_only(facts: Facts) -> Iterator[Evidence]:
    passes = defaultdict(list)
    for one in facts.passes:
        if one.trained and one.role in (None, "train"):
            passes[one.loader].append(one)
    sizes = {e.who["loader"]: e.numbers.get("batches") for e in facts.of("loader")}
    for loader, several in passes.items():
        firsts = [one.batches[0] for one in several if len(one.batches) == 1]
        again = [b for b in firsts[1:] if b.numbers.get("seen_before")]
        if len(firsts) < len(several) or len(firsts) < 3 or (sizes.get(loader) or 0) < 2:
            continue
        if len(again) > 0.8 * (len(firsts) - 1):
            yield Evidence("same-batch", again[0], {"how": "first"})


def _all_batches_alike(facts: Facts) -> Iterator[Evidence]:
    for one in facts.passes:
        again = [b for b in one.batches[1:] if b.numbers.get("seen_before")]
        several = one.trained and one.number == 1 and len(one.batches) > 2
        if several and len(again) > 0.8 * (len(one.batches) - 1):
            yield Evidence("same-batch", again[0], {"how": "alike"})


def _drawn_but_not_used(facts: Facts) -> Iterator[Evidence]:
    drawn = {b.iteration: b for b in facts.of("batch")}
    run: list[Event] = []
    for forward in facts.trained_forwards:
        batch = drawn.get(forward.iteration)
        unused = (
            batch is not None
            and forward.numbers.get("repeat")
            and forward.numbers.get("inputs") == "other"
            and forward.numbers.get("samples") == batch.numbers.get("samples")
            and not any(x.numbers.get("targets") in KNOWN for x in facts.losses_of(forward))
        )
        if run and forward.numbers["repeat"] <= run[-1].numbers["repeat"]:
            run = []  # repeated within an iteration: a GAN's critic sees the same fakes twice
        run = [*run, forward] if unused else []
        if len(run) == 3:
            yield Evidence("same-batch", run[0], {"how": "unused"})
            return


def _drawn_once(facts: Facts) -> Iterator[Evidence]:
    """One batch, fetched before the loop, for as many updates as an epoch has, and evaluations.

    Whoever checks a model by overfitting one batch does not evaluate it again and again.
    """
    sizes = {e.who["loader"]: e.numbers.get("batches") or 0 for e in facts.of("loader")}
    for one in facts.passes:
        only = [other for other in facts.passes if other.loader == one.loader] == [one]
        if not only or len(one.batches) > 1 or one.role not in (None, "train"):
            continue
        looks = [other for other in facts.passes if other.loader != one.loader]
        if len(looks) < 2 or any(other.trained for other in looks):
            continue
        between = looks[0].batches[0].index, looks[-1].batches[0].index
        if not any(between[0] < s.index < between[1] for s in facts.steps):
            continue
        seen = [b for b in facts.learning_backwards if one.batches[0] in facts.batches_behind(b)]
        line = seen[0].where if seen else None  # an older batch is not recognised any more
        again = [b for b in facts.learning_backwards if b.where == line]
        enough = len(seen) >= _SEVERAL and len(again) >= max(_MANY, sizes.get(one.loader, 0))
        if enough and sizes.get(one.loader, 0) > 1:
            yield Evidence("same-batch", again[1], {"how": "alike"})


def _made_once(facts: Facts) -> Iterator[Evidence]:
    """The same without loaders: ``get_batch()`` is called before the loop, and evaluations, one
    after the other between the updates, call it for each new batch of the same size.
    """
    forwards = defaultdict(list)
    for forward in facts.of("forward"):
        forwards[forward.who["model"]].append(forward)
    for own in forwards.values():
        trained = [f for f in own if f.numbers.get("grad")]
        repeats = [f.numbers.get("repeat") for f in trained]
        apart = any(f.numbers.get(key) is not None for f in own for key in ("batch", "slice"))
        if apart or len(trained) < _MANY or repeats != list(range(len(trained))):
            continue
        size = trained[0].numbers.get("samples")
        looks = [f.numbers.get("new") and f.numbers.get("samples") == size for f in own]
        runs = [len(list(run)) for is_new, run in groupby(looks) if is_new]
        if len([length for length in runs if length >= _SEVERAL]) > 1:
            yield Evidence("same-batch", trained[1], {"how": "alike"})
