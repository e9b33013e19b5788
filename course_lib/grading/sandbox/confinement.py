"""How a worker gives up its rights, step by step, before it sees a line of a submission."""

from __future__ import annotations

import contextlib
import os
import random
import sys
from pathlib import Path

from course_lib.grading.sandbox import kernel, landlock, limits, seccomp, visible

# Numbers that no system hands out: a user who owns nothing and runs nothing.
_LAST_UID, _UIDS = 2_100_000_000, 100_000_000
# Not /dev/zero: mapped, it is memory that is shared and that no count shows (see seccomp).
_DEVICES = ("/dev/null", "/dev/full", "/dev/urandom", "/dev/random")
_OF_THE_MACHINE = ("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat")


def fresh_uid() -> int | None:
    """A user of its own for one submission, where we may give it one: the root user's privilege."""
    if not kernel.on_linux or os.geteuid() != 0:
        return None
    with open("/proc/self/uid_map") as lines:
        ranges = [tuple(map(int, line.split())) for line in lines]
    # In a container there may be fewer.
    last = min(max(first + count - 1 for first, _, count in ranges), _LAST_UID)
    uids = _UIDS if last == _LAST_UID else last // 4
    return random.SystemRandom().randint(last - uids, last) if uids else None


def become_harmless(uid: int | None, *, namespaced: bool) -> None:
    """Give up identity, capabilities and dangerous calls, for this process and all children.

    Args:
        uid: the user to become; None to stay who one is.
        namespaced: whether namespaces separate the process from others already.
    """
    if not kernel.on_linux:
        return
    if uid is not None:
        # Where the interpreter is root's own (below its home, say) this right alone is kept:
        # to read, within what else allows it.
        readable = all(map(_open_to_all, visible.interpreter_folders()))
        kernel.become_user(uid, None if readable else kernel.CAP_DAC_READ_SEARCH)
    else:
        with contextlib.suppress(OSError):
            kernel.drop_capabilities()
        kernel.hide_memory(False)  # its keeper, who has no more rights than it, measures it
    kernel.give_up_new_privileges()
    signals_are_held = namespaced or landlock.version() >= landlock.SIGNALS_SINCE
    with contextlib.suppress(OSError):  # a kernel without filters
        seccomp.refuse_dangerous_calls(
            local_sockets=namespaced, signal_only=None if signals_are_held else os.getpid()
        )


def confine_files(scratch: Path, drivers: Path | None) -> None:
    """Where the whole machine is in view, open at least no files but these, if Linux helps."""
    readable = [*visible.system_folders(), *visible.library_paths()]
    for folder in visible.interpreter_folders():
        readable += visible.without(visible.LIBRARY, folder)
    readable += [Path(entry) for entry in sys.path if entry.endswith(".zip")]
    readable += map(Path, _OF_THE_MACHINE)
    writable = [scratch, *map(Path, _DEVICES)]
    kernel.give_up_new_privileges()
    with contextlib.suppress(OSError):
        landlock.confine(
            [*readable, *([drivers] if drivers else [])],
            writable,
            listable=[visible.LIBRARY, visible.LIBRARY / "grading"],
        )


def hold_to(held: limits.Limits) -> None:
    """The kernel's own limits, from now on."""
    limits.apply_to_this_process(held)


def _open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o1 for folder in (path, *path.parents))
