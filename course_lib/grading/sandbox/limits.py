"""How much a submission may use, and the limits that the kernel keeps for us."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

MIB = 2**20
_ADDRESSES = 16 * 1024 * MIB  # for each process: what it may reserve, not what it may fill

_ROOM_FOR_OTHERS = 512  # what else a user starts while a submission runs; the keeper counts exactly


@dataclass(frozen=True)
class Limits:
    """What one submission may use, all its processes together.

    Attributes:
        cpu_seconds: CPU time, from its first line on.
        wall_factor: its wall time is this many times ``cpu_seconds``.
        memory: bytes in RAM, with the 300 MB that torch takes.
        processes: living at once, threads of the first not counted.
        file_bytes: largest file that it may write.
        scratch_bytes: all its files together.
        output_bytes: what is kept of what it prints; the rest is read and dropped.
        reply_bytes: the longest reply.
    """

    cpu_seconds: float = 20.0
    wall_factor: float = 5.0
    memory: int = 1024 * MIB
    processes: int = 32
    file_bytes: int = 32 * MIB
    scratch_bytes: int = 64 * MIB
    output_bytes: int = 20 * 1024
    reply_bytes: int = 32 * MIB

    @property
    def wall_seconds(self) -> float:
        """Wall time for all its calls together."""
        return self.cpu_seconds * self.wall_factor


def apply_to_this_process(limits: Limits) -> None:
    """Let the kernel hold this process and its children; not to be undone.

    ``RLIMIT_DATA`` counts what is really private, so an allocation beyond it fails with a
    MemoryError. The address space is limited widely only, as torch and threads reserve far more
    than they touch; but a table of what is reserved costs memory, too.
    """
    import resource

    cpu = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(cpu.ru_utime + cpu.ru_stime + limits.cpu_seconds) + 1
    # First SIGXCPU, which tells why it ended; who ignores that is killed a second later.
    _hold(resource.RLIMIT_CPU, seconds, grace=1)
    _hold(resource.RLIMIT_FSIZE, limits.file_bytes)
    _hold(resource.RLIMIT_CORE, 0)
    _hold(resource.RLIMIT_NOFILE, 128)
    if hasattr(resource, "RLIMIT_NPROC"):
        # Threads count here, too; and, for a user who runs other things, those of all of them.
        others = _processes_of_this_user()
        room = _ROOM_FOR_OTHERS if others > 1 else 0
        _hold(resource.RLIMIT_NPROC, 2 * limits.processes + others + room)
    for name in ("RLIMIT_MSGQUEUE", "RLIMIT_MEMLOCK"):
        if hasattr(resource, name):
            _hold(getattr(resource, name), 0)
    used = dict(_status("VmData", "VmRSS", "VmSize"))
    if used:
        _hold(resource.RLIMIT_AS, used["VmSize"] + _ADDRESSES)
        room = max(limits.memory - used["VmRSS"], 64 * MIB)
        _hold(resource.RLIMIT_DATA, used["VmData"] + room)


def _hold(which: int, most: int, grace: int = 0) -> None:
    import resource

    _, hard = resource.getrlimit(which)
    last = most + grace
    if hard != resource.RLIM_INFINITY:
        most, last = min(most, hard), min(last, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(which, (most, last))


def _processes_of_this_user() -> int:
    # The kernel counts what the user runs already, threads included.
    import os

    count = 0
    with contextlib.suppress(OSError):
        for name in filter(str.isdecimal, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == os.getuid():
                    count += len(os.listdir(f"/proc/{name}/task"))
    return count


def _status(*names: str) -> Iterator[tuple[str, int]]:
    """Lines of this process's status that are given in kB, as bytes; nothing without /proc."""
    with contextlib.suppress(OSError), open("/proc/self/status") as lines:
        for line in lines:
            name, _, rest = line.partition(":")
            if name in names:
                yield name, int(rest.split()[0]) * 1024
