"""The parent of a submission's processes: it holds them to their limits and ends them all.

It runs no line of the submission. It watches until the submission ends, passes a limit, or the
judge hangs up (the *leash*); then it kills whatever is left and reports how it ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from course_lib.grading.sandbox import files, kernel, processes
from course_lib.grading.sandbox.limits import Limits

_LOOK_EVERY = 0.02
_LOOK_AT_FILES_EVERY = 0.25


@dataclass(frozen=True)
class Lines:
    """The open files that a submission's processes share with the judge."""

    channel: int
    output: int
    leash: int

    def close_all(self) -> None:
        """Close them in this process."""
        for descriptor in (self.channel, self.output, self.leash):
            os.close(descriptor)


@dataclass(frozen=True)
class Kept:
    """What there is to keep.

    Attributes:
        first: the process that the keeper started; its death ends the submission.
        limits: what all processes together may use.
        armed: readable once the submission's own code is about to run; before that, only the
            libraries load, and that is on us. None if it runs from the start.
        scratch: folder whose size has to be watched; None where the kernel limits it.
        kill: ends everything at once.
    """

    first: int
    limits: Limits
    armed: int | None
    scratch: Path | None
    kill: Callable[[], None]


def keep(kept: Kept, lines: Lines) -> NoReturn:
    """Watch, kill, report over the leash, and end this process."""
    # Otherwise the judge would never see the end of the stream.
    os.close(lines.channel)
    os.close(lines.output)
    leash = socket.socket(fileno=lines.leash)
    how = {"how": "crashed", "why": "its keeper failed"}
    try:
        how = _watch(kept, leash)
    finally:
        kept.kill()
        with contextlib.suppress(OSError):
            leash.sendall(json.dumps(how).encode())
        os._exit(0)


def _watch(kept: Kept, leash: socket.socket) -> dict[str, str]:
    limits = kept.limits
    shared = processes.use_of([os.getpid()], 0).memory
    spent_before = 0.0
    armed = kept.armed is None
    look_at_files = time.monotonic()
    while True:
        pids = processes.descendants(os.getpid())
        use = processes.use_of(pids, shared)
        spent = use.cpu + sum(_reaped_cpu()) - spent_before
        ended = _ended(kept.first)
        if ended is not None:
            # On a busy machine the kernel's own limit may come before our next look.
            spent = max(spent, sum(_reaped_cpu()) - spent_before)
            too_much = ended == -signal.SIGKILL and spent >= limits.cpu_seconds
            out_of_time = too_much or ended == -signal.SIGXCPU
            return {"how": "timeout"} if out_of_time else {"how": "crashed", "why": _told(ended)}
        if kept.armed is not None and not armed and select.select([kept.armed], [], [], 0)[0]:
            armed, spent_before = True, use.cpu
            shared = max(use.memory, shared)
        elif armed:
            if spent > limits.cpu_seconds:
                return {"how": "timeout"}
            if use.memory > limits.memory:
                return {"how": "memory"}
            if use.processes > limits.processes:
                return {"how": "crashed", "why": f"it had over {limits.processes} processes"}
            if kept.scratch and time.monotonic() > look_at_files:
                look_at_files = time.monotonic() + _LOOK_AT_FILES_EVERY
                if files.size(kept.scratch, pids) > limits.scratch_bytes:
                    return {"how": "crashed", "why": "it filled its folder with files"}
        if select.select([leash], [], [], _LOOK_EVERY)[0]:
            return {"how": "stopped"}


def _reaped_cpu() -> tuple[float, float]:
    # What ended children of ours used; not what we use ourselves by watching.
    times = os.times()
    return times.children_user, times.children_system


def _ended(first: int) -> int | None:
    """The exit code of the first process, negative for a signal; None while it lives."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return -signal.SIGKILL
        if pid == 0:
            return None
        if pid == first:
            code = os.waitstatus_to_exitcode(status)
            return 128 - code if code > 128 else code


def _told(code: int) -> str:
    if code >= 0:
        return f"its process ended itself with code {code}"
    with contextlib.suppress(ValueError):
        return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process was ended by signal {-code}"


def end_namespace(first: int) -> Callable[[], None]:
    """Ends a process namespace: with its first process the kernel kills all others in it."""

    def kill() -> None:
        with contextlib.suppress(OSError):
            os.kill(first, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(first, 0)

    return kill


def end_tree(first: int, uid: int | None) -> Callable[[], None]:
    """Ends all descendants of this process, and all that a user of the submission's own runs."""

    def kill() -> None:
        with contextlib.suppress(OSError):
            os.killpg(first, signal.SIGKILL)
        if uid is not None and (helper := os.fork()) == 0:
            with contextlib.suppress(BaseException):
                kernel.become_user(uid)
                os.kill(-1, signal.SIGKILL)
            os._exit(0)
        elif uid is not None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(helper, 0)
        processes.end_all_below(os.getpid())

    return kill
