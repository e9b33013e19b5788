"""Running all checks of an exercise on one answer, wherever the answer lives."""

from __future__ import annotations

import random
from collections.abc import Iterator

from course_lib.grading.checks.trials import Trials, Unsolved
from course_lib.grading.checks.wording import words
from course_lib.grading.exercise import Call, Check, CheckResult, Exercise, Fail

__all__ = ["Unsolved", "each_check", "run_checks"]

# What a judge raises when an outcome is not what the driver gives: forged, or not plain enough.
_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)

_LONGEST_MESSAGE = 4000  # a message may quote what came back


def run_checks(exercise: Exercise, call: Call, rng: random.Random) -> list[CheckResult]:
    """Judge one answer: a result for each check, in their order.

    Args:
        exercise: what to check.
        call: runs the answer on a scenario.
        rng: draws the scenarios; a new one for each grading.

    Raises:
        Unsolved: the answer is still the stub. Whatever ``call`` raises goes through.
    """
    return list(each_check(exercise, call, rng))


def each_check(exercise: Exercise, call: Call, rng: random.Random) -> Iterator[CheckResult]:
    """The same, result by result: those before an exception are not lost."""
    trials = Trials(call)
    for check in exercise.checks:
        yield _result(check, trials, rng)


def _result(check: Check, trials: Trials, rng: random.Random) -> CheckResult:
    try:
        check.judge(trials, rng)
    except Fail as verdict:
        points = min(max(verdict.points, 0), check.points)
        message = verdict.message
        if len(message) > _LONGEST_MESSAGE:
            message = message[:_LONGEST_MESSAGE] + "…"
        return CheckResult(check.name, False, points, check.points, message, verdict.misconception)
    except _UNREADABLE:
        if trials.failed_itself:
            raise
        message = words("any", "unreadable")
        return CheckResult(check.name, False, 0, check.points, message, "unreadable")
    return CheckResult(check.name, True, check.points, check.points)
