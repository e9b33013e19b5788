"""Where submissions run: bubblewrap and a zygote where they work, else fresh interpreters."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from course_lib.grading.sandbox import launching, processes
from course_lib.grading.sandbox.keeper import Lines
from course_lib.grading.sandbox.limits import Limits
from course_lib.grading.sandbox.removal import remove
from course_lib.grading.sandbox.stopped import SandboxError, StoppedError
from course_lib.grading.sandbox.submission import Submission
from course_lib.grading.sandbox.wire import Ends
from course_lib.grading.sandbox.zygote_line import ZygoteLine, start_zygote

CleanUp = Callable[[bool], None]

BUBBLEWRAP, PROCESS = "bubblewrap", "process"


class Sandbox:
    """Opens submissions, one after the other; use it in a ``with`` block.

    Args:
        isolation: ``"bubblewrap"``, ``"process"``, or ``"auto"``: bubblewrap where it works.
        limits: what each submission may use.
        drivers: names of drivers to load before the first submission comes.
        driver_folder: a folder with drivers that are not the course's own.

    Attributes:
        isolation: what it came to.

    Raises:
        SandboxError: bubblewrap was asked for and does not work here.
    """

    def __init__(
        self,
        isolation: str = "auto",
        limits: Limits | None = None,
        drivers: tuple[str, ...] = (),
        driver_folder: Path | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._drivers = list(drivers)
        self._driver_folder = driver_folder.resolve() if driver_folder else None
        self._zygote: ZygoteLine | None = None
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - ours until close
        self.isolation = PROCESS
        if isolation != PROCESS:
            try:
                self._zygote = self._started_zygote()
                self.isolation = BUBBLEWRAP
                self._try_out()
            except SandboxError:
                self._replace_zygote()
                self.isolation = PROCESS
                if isolation == BUBBLEWRAP:
                    self._errors.close()
                    raise

    def open(self, driver: str) -> Submission:
        """A process for one submission, loaded and ready; the one before must be closed.

        Args:
            driver: the name of what calls the answer.

        Raises:
            StoppedError: it could not be started.
        """
        try:
            return self._opened(driver)
        except (StoppedError, OSError):
            if self.isolation == PROCESS:
                raise
        self._replace_zygote()  # whatever ended it; no line of this submission has run yet
        return self._opened(driver)

    def close(self) -> None:
        """End the zygote."""
        if self._zygote:
            self._zygote.end()
            self._zygote = None
        self._errors.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _opened(self, driver: str) -> Submission:
        judge, theirs = _lines()
        try:
            if self.isolation == PROCESS:
                clean_up = self._open_interpreter(theirs, driver)
            else:
                clean_up = self._open_in_zygote(theirs, driver)
        except BaseException:
            judge.close()
            raise
        finally:
            theirs.close_all()
        submission = Submission(judge, self.limits, clean_up)
        try:
            submission.wait_until_ready()
        except BaseException:
            submission.close()
            raise
        return submission

    def _open_in_zygote(self, theirs: Lines, driver: str) -> CleanUp:
        if self._zygote is None:
            self._zygote = self._started_zygote()
        said = json.dumps([dataclasses.asdict(self.limits), driver]).encode()
        socket.send_fds(self._zygote.control, [said], dataclasses.astuple(theirs))

        def clean_up(reported: bool) -> None:
            # A keeper that does not report may be stuck, and the zygote with it.
            if not reported:
                self._replace_zygote()

        return clean_up

    def _try_out(self) -> None:
        """Open nothing once: a system may allow bubblewrap and yet not what a zygote does in it."""
        if not self._drivers:
            return
        try:
            self._opened(self._drivers[0]).close()
        except (StoppedError, OSError) as reason:
            self._errors.seek(0)
            said = self._errors.read().decode("utf-8", "replace").strip()[-2000:]
            raise SandboxError(f"bubblewrap does not work here: {said or reason}") from reason

    def _started_zygote(self) -> ZygoteLine:
        return start_zygote(self._driver_folder, self._drivers, self._errors)

    def _open_interpreter(self, theirs: Lines, driver: str) -> CleanUp:
        scratch = Path(tempfile.mkdtemp(prefix="course-grade-"))
        process = launching.start_interpreter(
            theirs, self.limits, driver, scratch, self._driver_folder, self._errors
        )

        def clean_up(reported: bool) -> None:
            if reported:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5)
            else:  # a keeper that does not report may be stuck, and ends nothing any more
                processes.kill_below(process.pid)
            process.kill()
            process.wait()
            remove(scratch)

        return clean_up

    def _replace_zygote(self) -> None:
        if self._zygote:
            self._zygote.end()
        self._zygote = None


def _lines() -> tuple[Ends, Lines]:
    """The judge's ends and the submission's of the same three lines."""
    channel, their_channel = socket.socketpair()
    leash, their_leash = socket.socketpair()
    output, their_output = os.pipe()
    theirs = Lines(their_channel.detach(), their_output, their_leash.detach())
    return Ends(channel, output, leash), theirs
