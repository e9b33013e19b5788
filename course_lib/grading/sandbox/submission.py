"""One submission, as the judge sees it: it is defined, called, and closed."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable
from typing import Any

from course_lib.grading import values
from course_lib.grading.exercise import Outcome, Scenario
from course_lib.grading.sandbox import frames
from course_lib.grading.sandbox.limits import Limits
from course_lib.grading.sandbox.stopped import StoppedError, told
from course_lib.grading.sandbox.wire import Ends, Wire

_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
_LOADING_SECONDS = 180.0  # importing torch may be slow; it is no fault of the submission's
_LINUX_HAS_NO_MEMORY = f"[Errno {errno.ENOMEM}]"
_TORCH_HAS_NO_MEMORY = re.compile(r"can't allocate memory|not enough memory|Cannot allocate memory")


class Submission:
    """One submission in its own process; use it in a ``with`` block.

    ``define`` and ``call`` raise ``StoppedError`` once it has failed, and then for ever.
    """

    def __init__(self, ends: Ends, limits: Limits, clean_up: Callable[[bool], None]) -> None:
        self._wire = Wire(ends, limits)
        self._limits = limits
        self._clean_up = clean_up
        self._number = 0
        self._wall_left = limits.wall_seconds
        self._stopped: StoppedError | None = None

    @property
    def printed(self) -> str:
        """The first of what it printed."""
        return self._wire.printed.decode("utf-8", "replace")

    def wait_until_ready(self) -> None:
        """Until the libraries are loaded and the limits hold. Raises StoppedError if they never do.

        This word comes before the first line of the submission runs.
        """
        self._ask(None, time.monotonic() + _LOADING_SECONDS)

    def define(self, answers: list[str], names: list[str], setup: str = "") -> list[str]:
        """Run the cells that define the answer; the names that they leave undefined."""
        reply = self._timed(
            {"do": "define", "setup": setup, "answers": answers, "names": names},
        )
        if (error := raised_in(reply)) is not None:
            kind, message = error["type"], error["message"]
            status = "unsolved" if kind == "NotImplementedError" else "error"
            text = f"The answer cell raised {kind}{': ' if message else '.'}{message}"
            raise self._stop(StoppedError(status, text, error["traceback"]))
        missing = reply.get("missing")
        if type(missing) is not list:
            raise self._stop(told("crashed", self._limits, "its reply was not one"))
        return [name for name in names if name in missing]

    def call(self, scenario: Scenario) -> Outcome:
        """What the driver saw the answer do; plain values that nobody has vouched for."""
        return self._timed({"do": "call", "scenario": scenario})

    def close(self) -> None:
        """End its processes, if they live, and leave nothing behind."""
        reported = self._wire.report is not None or self._wire.hang_up() is not None
        self._wire.close()
        self._clean_up(reported)

    def __enter__(self) -> Submission:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _timed(self, request: dict[str, Any]) -> dict[str, Any]:
        """Ask, on what is left of the submission's time; what the judge itself needs is not its."""
        started = time.monotonic()
        reply = self._ask(request, started + self._wall_left)
        self._wall_left -= time.monotonic() - started
        return reply

    def _ask(self, request: dict[str, Any] | None, deadline: float) -> dict[str, Any]:
        if self._stopped:
            raise self._stopped
        message = b""
        if request is not None:
            self._number += 1
            message = frames.encode(self._number, request)
        try:
            reply = self._wire.exchange(message, self._number, deadline)
            value = values.unpack(reply, self._limits.reply_bytes)
        except values.ReplyError as reason:
            raise self._stop(told("crashed", self._limits, str(reason))) from None
        except StoppedError as stopped:
            raise self._stop(stopped) from None
        if type(value) is not dict:
            raise self._stop(told("crashed", self._limits, "its reply was not one"))
        error = raised_in(value)
        if error and _ran_out_of_memory(error):
            raise self._stop(told("memory", self._limits))
        return value

    def _stop(self, stopped: StoppedError) -> StoppedError:
        self._stopped = stopped
        return stopped


def raised_in(outcome: dict[str, Any]) -> dict[str, str] | None:
    """What the outcome says was raised, its parts made strings whatever they were."""
    if "raised" not in outcome:
        return None
    said = outcome["raised"] if type(outcome["raised"]) is dict else {}
    error = {key: _told(said.get(key, "")) for key in ("type", "message", "traceback")}
    outcome["raised"] = error
    return error


def _told(value: object) -> str:
    # An address in memory is another one at each run.
    return _ADDRESS.sub("", str(value)[:4000])


def _ran_out_of_memory(error: dict[str, str]) -> bool:
    if error["type"] == "MemoryError":
        return True
    if error["type"] == "OSError":
        return error["message"].startswith(_LINUX_HAS_NO_MEMORY)
    return error["type"] == "RuntimeError" and bool(_TORCH_HAS_NO_MEMORY.search(error["message"]))
