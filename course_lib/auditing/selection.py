"""The rule on test data that decides something, and the one on weights that never move."""

import math
from collections.abc import Iterator

from course_lib.auditing.decisions import Look, decisions
from course_lib.auditing.facts import Facts, Pass
from course_lib.auditing.finding import Evidence
from course_lib.trace.events import Event

_NO_CHANGE = 1e-8


def test_for_selection(facts: Facts) -> Iterator[Evidence]:
    """The test data is looked at between epochs, and something is decided by it."""
    tests = _looks(facts, "test")
    if len(tests) < 2 or not _steps_between(facts, tests):
        return
    vals = _looks(facts, "val")
    by = {e.numbers.get("role_by") for e in facts.of("loader") if e.numbers["role"] == "test"}
    only_named = by == {"name"} and not vals  # what is called a test set may be there to validate
    by_numbers = _follows(facts, tests, vals) if vals else _decision_after(facts, tests, only_named)
    if by_numbers or _written_so(facts):
        yield Evidence("test-for-selection", tests[1].forwards[0], {})


def _written_so(facts: Facts) -> bool:
    """The source stops, or keeps weights, on a condition that rests on test data alone."""
    roles = {e.who["loader"]: e.numbers.get("role") or "?" for e in facts.of("loader")}
    looks = {
        Look(file, (line, column, last_line, last_column), roles.get(epoch.who["loader"], "?"))
        for epoch in facts.of("epoch")
        for file, line, column, last_line, last_column in epoch.numbers.get("calls") or []
        if roles.get(epoch.who["loader"]) != "train"
    }
    return any(decision.roles == {"test"} for decision in decisions(sorted(looks)))


def _looks(facts: Facts, role: str) -> list[Pass]:
    """Passes over data of that role which only look, once for each stretch of training."""
    found: list[Pass] = []
    for one in facts.evaluations:
        if one.role == role and (not found or _steps_between(facts, [found[-1], one])):
            found.append(one)
    return found


def _steps_between(facts: Facts, looks: list[Pass]) -> bool:
    first, last = looks[0].forwards[-1].index, looks[-1].forwards[0].index
    return any(first < s.index < last for s in facts.steps)


def _decision_after(facts: Facts, tests: list[Pass], only_kept: bool) -> bool:
    """Weights are kept, or a schedule is told a number, between a look and the next training.

    Args:
        facts: of the run.
        tests: the looks.
        only_kept: leave schedules out.
    """
    made = [_decisions(facts, one) for one in tests]
    told = any(e.kind == "scheduler_step" for one in made for e in one)
    if only_kept:
        made = [[e for e in one if e.kind != "scheduler_step"] for one in made]
        told = False
    return told or (any(made[:-1]) and not all(made))  # kept every time: nothing was chosen


def _decisions(facts: Facts, one: Pass) -> list[Event]:
    start = one.forwards[0].index
    following = [s.index for s in facts.steps if s.index > one.forwards[-1].index]
    end = following[0] if following else len(facts.events)
    kept = facts.between("state_dict", start, end) + facts.between("checkpoint", start, end)
    told = [
        e
        for e in facts.between("scheduler_step", start, end)
        if e.numbers.get("metric") is not None
    ]
    return kept + told


def _follows(facts: Facts, tests: list[Pass], vals: list[Pass]) -> bool:
    """Both sets are looked at: do the decisions go with the test's numbers, not validation's?"""
    for test, val in zip(tests, vals, strict=False):
        told = [e.numbers["metric"] for e in _decisions(facts, test) if e.kind == "scheduler_step"]
        means = _means(facts, test)
        if told and means and _is_one_of(told[0], means):
            return not _is_one_of(told[0], _means(facts, val))
    pairs = [(_means(facts, t), _means(facts, v)) for t, v in zip(tests, vals, strict=False)]
    if len(tests) != len(vals) or not all(t and v for t, v in pairs):
        return False
    saved = [bool([e for e in _decisions(facts, t) if e.kind != "scheduler_step"]) for t in tests]
    by_test, by_val = _records([t[0] for t, _ in pairs]), _records([v[0] for _, v in pairs])
    return len(saved) > 2 and saved == by_test and saved != by_val


def _means(facts: Facts, one: Pass) -> list[float]:
    """The mean loss of a pass, over batches and over samples."""
    losses = [x for f in one.forwards for x in facts.losses_of(f)]
    values = [(x.numbers.get("value"), x.numbers.get("samples") or 1) for x in losses]
    known = [(v, n) for v, n in values if v is not None]
    if not known or len(known) < len(values):
        return []
    total = sum(n for _, n in known)
    return [sum(v for v, _ in known) / len(known), sum(v * n for v, n in known) / total]


def _is_one_of(value: float, means: list[float]) -> bool:
    return any(math.isclose(value, mean, rel_tol=1e-5) for mean in means)


def _records(values: list[float]) -> list[bool]:
    return [all(value < earlier for earlier in values[:i]) for i, value in enumerate(values)]


def no_learning(facts: Facts) -> Iterator[Evidence]:
    """Optimizers step, and no weight moves."""
    steps = [s for s in facts.steps if s.numbers.get("with_grad")]
    moves = [s.numbers.get("update_norm") for s in steps]
    if len(steps) < 3 or any(m is None or not m < _NO_CHANGE for m in moves):
        return
    flat = all((s.numbers.get("grad_norm") or 0.0) == 0.0 for s in steps)
    rate = steps[-1].numbers["lr"][0]
    reason = "every gradient is zero" if flat else f"the learning rate is {rate:g}"
    if not flat and rate > _NO_CHANGE:
        reason = f"at a learning rate of {rate:g}, every update is zero"
    yield Evidence("no-learning", steps[0], {"reason": reason})
