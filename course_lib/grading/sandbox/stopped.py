"""What cannot go on: a submission, or the sandbox itself; each with its sentence."""

from __future__ import annotations

from course_lib.grading.sandbox.limits import Limits

_TEXTS = {
    "timeout": "The code ran for longer than it may: {cpu:g} seconds of CPU time, {wall:g} in all.",
    "memory": "The code asked for more memory than it may have: {memory} MB.",
    "crashed": "The process that ran the code ended before it answered: {why}.",
}


class SandboxError(Exception):
    """The isolation that was asked for is not to be had; says why."""


class StoppedError(Exception):
    """The submission cannot go on.

    Attributes:
        status: ``error``, ``unsolved``, ``timeout``, ``memory`` or ``crashed``.
        message: one sentence.
        detail: the answer's own lines on the way to the error, if any.
    """

    def __init__(self, status: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.detail = detail


def told(status: str, limits: Limits, why: str = "") -> StoppedError:
    """The sentence for a limit that was passed, or for a process that ended."""
    memory = limits.memory // 2**20
    text = _TEXTS[status].format(
        cpu=limits.cpu_seconds, wall=limits.wall_seconds, memory=memory, why=why
    )
    return StoppedError(status, text)
