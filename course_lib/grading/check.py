"""``check`` and ``hint``: what a reader calls in an exercise's notebook."""

from __future__ import annotations

import copy
import os
import random
import textwrap
from typing import Any

from course_lib.grading import progress
from course_lib.grading.checks.registry import exercise as exercise_named
from course_lib.grading.checks.wording import messages
from course_lib.grading.exercise import CheckResult, Exercise, Outcome, Scenario
from course_lib.grading.running import Unsolved, run_checks

_WIDTH = 92
SEED = 5  # the same scenarios at every run: a message that changes cannot be worked on
_opened: dict[str, int] = {}


class CheckFailed(Exception):  # noqa: N818 - the reader sees this name
    """The answer is not right yet; the message says so, and no frames of ours come with it."""

    def _render_traceback_(self) -> list[str]:
        return [f"CheckFailed: {self}"]


def check(name: str, answer: Any = None, **answers: Any) -> float | None:
    """Try an answer and print one line for each thing asked, with what to do where it is wrong.

    Args:
        name: of the exercise, such as "early_stopping".
        answer: the function or class that you wrote; for an exercise that asks for several
            values, a dict of them or keyword arguments.
        answers: the values by name.

    Returns:
        Nothing; but where nbgrader grades, the points of an answer that is not wholly right, which
        nbgrader takes for partial credit.

    Raises:
        CheckFailed: not solved yet, not right, or your code raised.
    """
    asked = exercise_named(name)
    given = {**(answer or {}), **answers} if len(asked.required) > 1 else answer
    try:
        results = run_checks(asked, in_this_process(asked, given), random.Random(SEED))
    except Unsolved:
        raise CheckFailed(messages("any")["not_solved_yet"].format(title=asked.title)) from None
    print(report(asked, results))
    points = sum(result.points for result in results)
    progress.note(asked.name, points, asked.max_points)
    wrong = [result for result in results if not result.passed]
    if not wrong:
        return None
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        return points
    raise CheckFailed(_summary(wrong)) from None


def report(asked: Exercise, results: list[CheckResult]) -> str:
    """What was asked and what came back, a line for each check."""
    titles = messages(asked.name)["asks"]
    points = sum(result.points for result in results)
    lines = [f"{asked.title}: {points:g} of {asked.max_points:g} points"]
    told: set[str] = set()
    for result in results:
        lines.append(f"{'right' if result.passed else 'WRONG'}  {titles[result.name]}")
        if result.message in told:
            lines.append("       The same as above.")
        elif result.message:
            told.add(result.message)
            lines += [_indented(line) for line in result.message.splitlines()]
    return "\n".join(lines)


def hint(name: str, number: int | None = None) -> None:
    """Print the next hint; after the last one, where the solution is.

    Args:
        name: of the exercise.
        number: a certain hint, from 1. Default: the next one.
    """
    asked = exercise_named(name)
    hints = messages(asked.name)["hints"]
    if number is None:
        number = _opened.get(asked.name, 0) + 1
    if number < 1:
        raise ValueError(f"number is {number}; hints count from 1.")
    _opened[asked.name] = min(number, len(hints))
    if number <= len(hints):
        print(f"Hint {number} of {len(hints)}")
        print(textwrap.indent(hints[number - 1].strip(), "  "))
    else:
        print(f"There are no more hints. The solution: solutions/{asked.file}.ipynb")


def _indented(line: str) -> str:
    return textwrap.fill(
        line,
        _WIDTH,
        initial_indent=" " * 7,
        subsequent_indent=" " * 7,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _summary(wrong: list[CheckResult]) -> str:
    if all(result.misconception == "raised" for result in wrong):
        return wrong[0].message
    number = "One thing is" if len(wrong) == 1 else f"{len(wrong)} things are"
    return f"{number} not right yet. {wrong[0].message}"


def in_this_process(asked: Exercise, answer: Any) -> Any:
    """The door to an answer that lives in this kernel."""
    from importlib import import_module

    from course_lib.grading import values
    from course_lib.grading.in_kernel import quietly, raised

    driver = import_module(f"course_lib.grading.drivers.{asked.name}")

    def call(scenario: Scenario) -> Outcome:
        with quietly():
            try:
                outcome = driver.drive(answer, copy.deepcopy(scenario))
            except Exception as error:
                outcome = raised(error)
        return dict(values.unpack(values.pack(outcome)))

    return call
