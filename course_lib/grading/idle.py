"""Points that an answer gets for doing nothing are no points.

A check may pass because nothing was done: what never trains never trains on validation data either.
So an answer that passes only such checks earns nothing. Which these are is found out by grading
idle answers, in the sandbox like any other.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Sequence

from course_lib.grading.exercise import CheckResult
from course_lib.grading.handouts import Handout

# Two ways to do nothing: to return nothing, and to return what takes every call and does nothing.
_ANSWERS = (
    "def {name}(*arguments, **more):\n    return None\n",
    """class Idle:
    def __getattr__(self, name):
        return self
    def __call__(self, *arguments, **more):
        return self
def {name}(*arguments, **more):
    return Idle()
""",
)
_MESSAGE = "An answer that does nothing passes this too: it counts once one of the others is right."

GradeSources = Callable[[Handout, list[str], random.Random], Sequence[CheckResult]]


class IdlePoints:
    """Takes away what idle answers earn too.

    Args:
        grade_sources: results for the sources of answer cells.
    """

    def __init__(self, grade_sources: GradeSources) -> None:
        self._grade_sources = grade_sources
        self._passed: dict[str, frozenset[str]] = {}

    def taken_away(
        self, handout: Handout, results: Sequence[CheckResult], rng: random.Random
    ) -> list[CheckResult]:
        """The results, without points if none of them took more than doing nothing."""
        earning = {result.name for result in results if result.points > 0}
        if not earning or len(earning) == len(results):
            return list(results)
        if not earning <= self._passed_by_idling(handout, rng):
            return list(results)
        return [
            dataclasses.replace(result, passed=False, points=0, message=_MESSAGE)
            if result.points > 0
            else result
            for result in results
        ]

    def _passed_by_idling(self, handout: Handout, rng: random.Random) -> frozenset[str]:
        name = handout.exercise.name
        if name not in self._passed:
            passed: set[str] = set()
            for answer in _ANSWERS:
                sources = [answer.format(name=name) for name in handout.exercise.required]
                results = self._grade_sources(handout, sources, rng)
                passed |= {result.name for result in results if result.points > 0}
            self._passed[name] = frozenset(passed)
        return self._passed[name]
