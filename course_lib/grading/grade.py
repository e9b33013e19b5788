"""Grading one submission: read it, run it in the sandbox, judge what comes back."""

from __future__ import annotations

import random
from collections.abc import Sequence

from course_lib.grading.exercise import CheckResult, Outcome, Scenario
from course_lib.grading.handouts import Handout
from course_lib.grading.idle import IdlePoints
from course_lib.grading.results import Row, unreadable
from course_lib.grading.running import Unsolved, each_check
from course_lib.grading.sandbox.sandbox import Sandbox
from course_lib.grading.sandbox.stopped import StoppedError
from course_lib.grading.sandbox.submission import Submission
from course_lib.grading.submissions import Answer, UnreadableError, read_answer

_NOT_TRIED = "Not tried: the run had ended before."
_NOT_SOLVED = "Not solved yet."
_EMPTY = "The answer cell does not define {names}."


def grade(
    submission: str,
    content: bytes,
    handouts: Sequence[Handout],
    sandbox: Sandbox,
    rng: random.Random,
    idle: IdlePoints | None = None,
) -> Row:
    """One row, whatever is in the file and whatever its code does.

    Args:
        submission: what the row calls it.
        content: the file.
        handouts: the exercises that it may answer.
        sandbox: where its code runs.
        rng: draws what it is tried on.
        idle: knows what points are worth nothing; the same one for all submissions.
    """
    idle = idle or idle_points(sandbox)
    try:
        answer = read_answer(content, handouts)
    except UnreadableError as reason:
        return unreadable(submission, str(reason), sandbox.isolation)
    printed = ""
    try:
        status, results, printed = _judge(answer, sandbox, rng)
        results = idle.taken_away(answer.handout, results, rng)
        final = True
    except Exception as error:  # ours to mend; the batch goes on
        message = f"The grader itself failed here: {type(error).__name__}: {error}"[:500]
        status, results, final = "crashed", _all_failed(answer, message), False
    name = answer.handout.exercise.file
    return Row(submission, name, status, sandbox.isolation, tuple(results), printed, final)


def idle_points(sandbox: Sandbox) -> IdlePoints:
    """Finds out, in this sandbox, what an answer earns that does nothing."""

    def grade_sources(
        handout: Handout, sources: list[str], rng: random.Random
    ) -> list[CheckResult]:
        return _judge(Answer(handout, tuple(sources)), sandbox, rng)[1]

    return IdlePoints(grade_sources)


def _judge(
    answer: Answer, sandbox: Sandbox, rng: random.Random
) -> tuple[str, list[CheckResult], str]:
    """Status, results, and what was printed."""
    names = list(answer.handout.exercise.required)
    if not any(source.strip() for source in answer.cells):
        return "unsolved", _all_failed(answer, _EMPTY.format(names=_listed(names))), ""
    try:
        opened = sandbox.open(answer.handout.driver)
    except StoppedError as stopped:
        raise RuntimeError(f"no process could be started: {stopped}") from stopped
    with opened as submission:
        status, results = _try_out(answer, submission, rng)
    return status, results, submission.printed


def _try_out(
    answer: Answer, submission: Submission, rng: random.Random
) -> tuple[str, list[CheckResult]]:
    exercise = answer.handout.exercise
    try:
        missing = submission.define(
            list(answer.cells), list(exercise.required), answer.handout.setup
        )
    except StoppedError as stopped:
        return stopped.status, _all_failed(answer, _with_detail(stopped))
    if len(missing) == len(exercise.required):
        return "unsolved", _all_failed(answer, _EMPTY.format(names=_listed(missing)))
    door = _Door(submission)
    results: list[CheckResult] = []
    try:
        for result in each_check(exercise, door.call, rng):
            if door.stopped:
                raise door.stopped
            results.append(result)
    except Unsolved:
        return "unsolved", _all_failed(answer, _NOT_SOLVED)
    except StoppedError as stopped:
        return stopped.status, _rest_failed(answer, results, stopped)
    if door.is_unsolved:
        return "unsolved", _all_failed(answer, _NOT_SOLVED)
    return "graded", results


class _Door:
    """Passes calls on, and notes what they say of the answer as a whole."""

    def __init__(self, submission: Submission) -> None:
        self._submission = submission
        self._calls = 0
        self._not_implemented = 0
        self.stopped: StoppedError | None = None

    @property
    def is_unsolved(self) -> bool:
        """Whether the answer never did anything but say that it is not there."""
        return 0 < self._calls == self._not_implemented

    def call(self, scenario: Scenario) -> Outcome:
        try:
            outcome = self._submission.call(scenario)
        except StoppedError as stopped:
            self.stopped = stopped
            raise
        self._calls += 1
        raised = outcome.get("raised")
        if type(raised) is dict and raised["type"] == "NotImplementedError":
            self._not_implemented += 1
        return outcome


def _with_detail(stopped: StoppedError) -> str:
    return f"{stopped.message}\n{stopped.detail}" if stopped.detail else stopped.message


def _all_failed(answer: Answer, message: str) -> list[CheckResult]:
    return [
        CheckResult(check.name, False, 0, check.points, message)
        for check in answer.handout.exercise.checks
    ]


def _rest_failed(
    answer: Answer, results: list[CheckResult], stopped: StoppedError
) -> list[CheckResult]:
    """What was judged before stands; the check that it stopped in says why."""
    rest = answer.handout.exercise.checks[len(results) :]
    messages = [_with_detail(stopped)] + [_NOT_TRIED] * len(rest)
    return results + [
        CheckResult(check.name, False, 0, check.points, message, stopped.status)
        for check, message in zip(rest, messages, strict=False)
    ]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
