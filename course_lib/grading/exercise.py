"""What an exercise is to whoever judges it: checks with points, and the one door to the answer."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Scenario = dict[str, Any]
"""What a driver builds its model, data and losses from: plain values, drawn at random."""

Outcome = dict[str, Any]
"""What came back: plain values; ``{"raised": {"type", "message", "traceback"}}`` if it raised."""

Call = Callable[[Scenario], Outcome]
"""Runs the answer on a scenario, in the kernel or in the sandbox: the only door to it."""


class Fail(Exception):  # noqa: N818 - a verdict on the answer, not an error of ours
    """A judge's verdict that the answer is wrong.

    Args:
        message: one or two sentences that name the mistake and lead on.
        misconception: a short code, the same for all answers with this mistake.
        points: what the answer still earns in this check.
    """

    def __init__(self, message: str, misconception: str = "", points: float = 0) -> None:
        super().__init__(message)
        self.message = message
        self.misconception = misconception
        self.points = points


Judge = Callable[[Call, random.Random], None]
"""Draws scenarios, calls the answer, compares with its own oracle; raises ``Fail`` if wrong."""


@dataclass(frozen=True)
class Check:
    """One thing that is tried, and the points it is worth."""

    name: str
    points: float
    judge: Judge


@dataclass(frozen=True)
class Exercise:
    """One exercise: what it is called, where its notebook is, what its answer defines, its checks.

    Attributes:
        name: as in ``check(name, answer)`` and as the driver is called: ``"early_stopping"``.
        file: the notebook's name without its ending: ``"01_early_stopping"``.
        title: what the reader sees.
        required: the names that the solution cell has to define; the answer given to the driver
            is the object itself for one name, a dict of objects by name for more.
        checks: in the order in which they are reported.
    """

    name: str
    file: str
    title: str
    required: tuple[str, ...]
    checks: tuple[Check, ...]

    @property
    def max_points(self) -> float:
        """What a right answer earns."""
        return sum(check.points for check in self.checks)


@dataclass(frozen=True)
class CheckResult:
    """What became of one check."""

    name: str
    passed: bool
    points: float
    max_points: float
    message: str = ""
    misconception: str = ""
