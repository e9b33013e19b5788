"""What a tree of processes uses, read from /proc, and its end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_FEW = 2  # a namespace's first process, and the worker: their resident sets tell their memory
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


@dataclass(frozen=True)
class Use:
    """CPU time in seconds, bytes in RAM, living processes."""

    cpu: float = 0.0
    memory: int = 0
    processes: int = 0


def use_of(pids: list[int], shared: int) -> Use:
    """What the processes use together, their ended children included.

    Args:
        pids: the processes.
        shared: bytes that each of them shares with all others and that count once. That is what
            few processes are believed; of many, each can have let go of it.
    """
    cpu, memory, living = 0.0, 0, 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            with open(f"/proc/{pid}/stat", "rb") as file:
                # Its name, in brackets, may hold anything.
                fields = file.read().rpartition(b")")[2].split()
            cpu += sum(map(int, fields[11:15])) / _TICKS
            memory += max(int(fields[21]) * _PAGE - shared, 0)
            living += 1
    memory += shared if living else 0
    return Use(cpu, max(memory, _proportional(pids)) if living > _FEW else memory, living)


def _proportional(pids: list[int]) -> int:
    """Bytes in RAM, each shared one counted once, with the tables that find them."""
    total = 0
    for pid in pids:
        for file, names in (("smaps_rollup", (b"Pss:",)), ("status", (b"VmPTE:",))):
            with (
                contextlib.suppress(OSError, ValueError, IndexError),
                open(f"/proc/{pid}/{file}", "rb") as lines,
            ):
                total += sum(
                    int(line.split()[1]) * 1024 for line in lines if line.startswith(names)
                )
    return total


def descendants(pid: int) -> list[int]:
    """All processes below this one, parents first."""
    found: list[int] = []
    seen = {pid}
    waiting = [pid]
    while waiting:
        for child in _children(waiting.pop()):
            if child not in seen:
                seen.add(child)
                found.append(child)
                waiting.append(child)
    return found


def end_all_below(pid: int, seconds: float = 5.0) -> None:
    """Kill every descendant of this process, its children's orphans included.

    The process must have adopted orphans. Stopped first, none can fork while others are killed.
    """
    deadline = time.monotonic() + seconds
    while (living := descendants(pid)) and time.monotonic() < deadline:
        _kill(living)
        _reap()
        time.sleep(0.002)
    _reap()


def kill_below(pid: int, rounds: int = 5) -> None:
    """Kill every descendant of another process, which alone can reap them."""
    for _ in range(rounds):
        _kill(descendants(pid))
        time.sleep(0.01)


def _kill(pids: list[int]) -> None:
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in pids:
            with contextlib.suppress(OSError):
                os.kill(pid, number)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _children(pid: int) -> Iterator[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    for thread in threads:
        with (
            contextlib.suppress(OSError),
            open(f"/proc/{pid}/task/{thread}/children") as children,
        ):
            yield from map(int, children.read().split())
