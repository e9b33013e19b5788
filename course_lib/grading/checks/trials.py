"""What the checks of one exercise have tried so far, so that each run is made only once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from course_lib.grading.checks.wording import words
from course_lib.grading.exercise import Call, Fail, Outcome, Scenario

T = TypeVar("T")
_KNOWN_ERRORS = {  # what torch says, and the sentence that says where to look
    "modified by an inplace operation": "raised_after_step",
    "does not require grad and does not have a grad_fn": "raised_without_grad",
    "backward through the graph a second time": "raised_without_graph",
}


class Unsolved(Exception):  # noqa: N818 - not an error: nobody has tried yet
    """The answer raised NotImplementedError at once: it is still the stub."""


class AnswerRaised(Fail):
    """The answer raised an error where it should have worked."""


class Trials:
    """A call that remembers: outcomes by name, and what was concluded from them."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._known: dict[str, Any] = {}
        self._calls = 0
        self.failed_itself = False  # whether the call, not its outcome, is to blame for an error

    @classmethod
    def around(cls, call: Call) -> Trials:
        """A plain call with an empty memory; Trials as they are."""
        return call if isinstance(call, Trials) else cls(call)

    def __call__(self, scenario: Scenario) -> Outcome:
        """Run the answer. Raises Unsolved if the very first run is not implemented."""
        self.failed_itself = True
        outcome = self._call(scenario)
        self.failed_itself = False
        self._calls += 1
        raised = outcome.get("raised")
        if self._calls == 1 and raised and raised.get("type") == "NotImplementedError":
            raise Unsolved
        return outcome

    def once(self, name: str, find: Callable[[], T]) -> T:
        """What ``find`` returns, found only the first time."""
        if name not in self._known:
            self._known[name] = find()
        return cast(T, self._known[name])


def require_result(outcome: Outcome) -> Outcome:
    """The outcome; raises AnswerRaised, with the place in the student's code, if it is an error."""
    raised = outcome.get("raised")
    if raised is None:
        return outcome
    name, message = str(raised.get("type", "Error")), str(raised.get("message", ""))
    known = next((part for part in _KNOWN_ERRORS if part in message), None)
    if known:  # what follows is of no use here, and other in each release of torch
        message = message[: message.index(known) + len(known)]
    told = f"{name}: {message}" if message else name
    place = str(raised.get("traceback") or "").strip()
    where = f"\n{place}" if place else ""
    code = "left_not_implemented" if name == "NotImplementedError" else "raised"
    sentence = _KNOWN_ERRORS[known] if known else code
    raise AnswerRaised(words("any", sentence, error=told[:500], where=where[:2000]), code)


def error_name(outcome: Outcome) -> str:
    """The class of the error that the answer raised."""
    return str(outcome["raised"].get("type", "Error"))[:80]
