"""Rules on batches that a loop without a loader cuts out of a tensor: ``x[i : i + 20]``."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from course_lib.auditing.facts import Facts
from course_lib.auditing.finding import Evidence
from course_lib.trace.events import Event

_SEVERAL = 3  # batches an epoch


def cut_in_order(facts: Facts) -> Iterator[Evidence]:
    """Slice after slice of data that is sorted by class, from the first to the last."""
    for forwards in _cutting_models(facts):
        starts = [f.numbers["slice"]["start"] for f in forwards]
        following = sum(
            later in (0, earlier + forward.numbers["samples"])
            for (earlier, later), forward in zip(pairwise(starts), forwards, strict=False)
        )
        in_order = following == len(starts) - 1 and len(set(starts)) >= _SEVERAL
        wholes = {f.numbers["slice"]["whole"] for f in forwards}
        if in_order and len(wholes) == 1 and _class_after_class(facts, forwards):
            yield Evidence("unshuffled-training", forwards[0], {})


def _class_after_class(facts: Facts, forwards: list[Event]) -> bool:
    losses = [x for f in forwards for x in facts.losses_of(f)]
    known = [x.numbers["one_class"] for x in losses if x.numbers.get("one_class") is not None]
    return len(known) >= _SEVERAL and sum(known) * 2 > len(known)


def cut_at_one_place(facts: Facts) -> Iterator[Evidence]:
    """As many updates an epoch as there are batches in the data, all on the same rows of it."""
    for forwards in _cutting_models(facts):
        runs = _runs(facts, forwards)
        if len(runs) > 1 and all(_meant_for_all(run) for run in runs[:-1]):
            yield Evidence("same-batch", runs[0][1], {"how": "alike"})


def _runs(facts: Facts, forwards: list[Event]) -> list[list[Event]]:
    """Stretches on the same rows, without a look at the model in between."""
    looks = [f.index for f in facts.of("forward") if not f.numbers.get("grad")]
    runs = [[forwards[0]]]
    for earlier, later in pairwise(forwards):
        looked = any(earlier.index < index < later.index for index in looks)
        same = earlier.numbers["slice"] == later.numbers["slice"] and later.numbers["repeat"]
        if looked or not same:
            runs.append([])
        runs[-1].append(later)
    return runs


def _meant_for_all(run: list[Event]) -> bool:
    batches, rest = divmod(run[0].numbers["slice"]["of"], run[0].numbers["samples"])
    return len(run) >= _SEVERAL and len(run) in {batches, batches + bool(rest)}


def _cutting_models(facts: Facts) -> Iterator[list[Event]]:
    """The trained forwards of each model that was only ever trained on slices of tensors."""
    if facts.of("batch"):
        return
    by_model: dict[int, list[Event]] = defaultdict(list)
    for forward in facts.trained_forwards:
        by_model[forward.who["model"]].append(forward)
    for forwards in by_model.values():
        if all(f.numbers.get("slice") for f in forwards):
            yield forwards
