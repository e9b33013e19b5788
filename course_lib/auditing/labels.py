"""The rule on targets that have nothing to do with the inputs they are learned with."""

import math
from collections.abc import Iterator
from typing import Any

from course_lib.auditing.facts import KNOWN, Facts
from course_lib.auditing.finding import Evidence
from course_lib.trace.events import Event

_WAYS = ("by_neighbours", "by_line")
_CLEAR = 0.4  # of a skill: held-out targets are easily told from their inputs
_SURE = 4.0  # standard deviations above chance
_CHANCE = 2.0  # at most so many: no skill was seen


def unrelated_labels(facts: Facts) -> Iterator[Evidence]:
    """Held-out targets can be told from their inputs, those learned from only at chance."""
    sets = facts.end.get("labels") or []
    for place, learned in enumerate(sets):
        start = _first_use(facts, learned)
        if start is None:
            continue
        if (learned.get("relabelled") or 0) > 0.3:
            yield Evidence("shuffled-labels", start, {})
        if _grouped_by_something_else(learned) and not any(map(_has_skill, sets)):
            yield Evidence("shuffled-labels", start, {})
        for other, looked_at in enumerate(sets):
            if other != place and _only_looked_at(facts, learned, looked_at):
                told = (learned.get("told_by") or {other: None})[other]
                if told and _unrelated(learned, looked_at, told):
                    yield Evidence("shuffled-labels", start, {})


def _first_use(facts: Facts, samples: dict[str, Any]) -> Event | None:
    """The first loss in training that compares with these targets."""
    for forward in facts.trained_forwards:
        for loss in facts.losses_of(forward):
            if "model" in samples and samples["grad"]:
                if forward.who.get("model") == samples["model"] and loss.numbers["batch"] is None:
                    return forward
            elif "loader" in samples and loss.numbers.get("targets") in KNOWN:
                batch = facts.events[loss.numbers["batch"]]
                if batch.who["loader"] == samples["loader"]:
                    return forward
    return None


def _only_looked_at(facts: Facts, learned: dict[str, Any], other: dict[str, Any]) -> bool:
    if "model" in learned:
        return other.get("model") == learned["model"] and not other["grad"]
    return "loader" in other and any(one.loader == other["loader"] for one in facts.evaluations)


def _unrelated(learned: dict[str, Any], clean: dict[str, Any], told: dict[str, float]) -> bool:
    """Both lie in the same place and have the same classes; only the pairing differs."""
    if "used" not in clean or told["distance"] > 1.5 * clean["distance"]:
        return False
    if not _same_classes(learned["classes"], clean["classes"]):
        return False
    size, size_of_clean = math.sqrt(learned["used"]), math.sqrt(clean["used"])
    seen = any(
        clean[way] >= _CLEAR and clean[way] * size_of_clean >= _SURE and clean[way] * size >= _SURE
        for way in _WAYS
    )
    return seen and all(
        learned[way] * size <= _CHANCE and told[way] * size <= _CHANCE for way in _WAYS
    )


def _has_skill(samples: dict[str, Any]) -> bool:
    size = math.sqrt(samples.get("used", 0))
    return any(samples.get(way, 0.0) * size > _CHANCE for way in _WAYS)


def _grouped_by_something_else(samples: dict[str, Any]) -> bool:
    """The inputs lie in groups, clearly apart, as many and as large as the classes, and the classes
    have nothing to do with them: the targets were shuffled before anybody looked.
    """
    counts = sorted(c for c in samples.get("classes") or [] if c)
    if len(counts) < 3 or samples["used"] < 96 or samples["clear"] < 0.95:
        return False
    spreads = [3 * math.sqrt(2 * c * (1 - c / samples["used"])) for c in counts]
    sizes = sorted(samples["groups"])
    return all(abs(a - b) <= s for a, b, s in zip(sizes, counts, spreads, strict=True))


def _same_classes(a: list[int] | None, b: list[int] | None) -> bool:
    if a is None or b is None:
        return a is b
    return sum(abs(m / sum(a) - n / sum(b)) for m, n in zip(a, b, strict=True)) < 0.5
