"""Losses of several heads, added up before one backward pass: by which weights?"""

from collections import defaultdict

import numpy as np

from course_lib.auditing.facts import Facts
from course_lib.trace.events import Event

_EXACT = 1e-4  # of a value: float32, and not chance
_MORE = 3  # equations than weights


def whole_sums(facts: Facts) -> set[int]:
    """The backward passes that begin at a sum of mean losses, the weightiest one taken whole.

    The weights are those that explain all backward passes with the same losses. Where the sum is
    divided by the number of batches, none of them is 1.
    """
    alike: dict[tuple[int, ...], list[tuple[Event, list[Event]]]] = defaultdict(list)
    for backward, losses in _added(facts):
        alike[tuple(loss.who["loss"] for loss in losses)].append((backward, losses))
    found: set[int] = set()
    for kinds, several in alike.items():
        if len(kinds) < 2 or len(several) < len(kinds) + _MORE:
            continue
        values = np.array([[loss.numbers["value"] for loss in losses] for _, losses in several])
        sums = np.array([backward.numbers["value"] for backward, _ in several])
        weights, _, rank, _ = np.linalg.lstsq(values, sums, rcond=None)
        explained = np.abs(values @ weights - sums) <= _EXACT * np.abs(sums)
        if rank == len(kinds) and explained.all() and abs(weights.max() - 1) < 1e-3:
            found.update(backward.index for backward, _ in several)
    return found


def _added(facts: Facts) -> list[tuple[Event, list[Event]]]:
    """Each backward pass with the losses since the one before, where all are mean losses."""
    found, losses = [], list[Event]()
    for event in facts.events:
        if event.kind == "loss" and event.numbers.get("grad"):
            losses.append(event)
        elif event.kind == "backward":
            known = all(_is_finite(e) for e in (event, *losses))
            means = all(loss.numbers.get("reduction") == "mean" for loss in losses)
            if known and means and event.numbers.get("scaled_by") is None:
                found.append((event, losses))
            losses = []
    return found


def _is_finite(event: Event) -> bool:
    value = event.numbers.get("value")
    return value is not None and bool(np.isfinite(value))
