"""How much room a submission's files take where no kernel limits it."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_BLOCK, _LEAST = 512, 4096
_NO_NAME = " (deleted)"


def size(folder: Path, pids: list[int]) -> int:
    """Bytes on disk: of all below the folder, and of what these processes hold without a name."""
    total = sum(_nameless(pids).values())
    for place, _, names in os.walk(folder):
        total += _LEAST
        for name in names:
            with contextlib.suppress(OSError):
                total += max(os.lstat(os.path.join(place, name)).st_blocks * _BLOCK, _LEAST)
    return total


def _nameless(pids: list[int]) -> dict[int, int]:
    """Files that were deleted while open or mapped: bytes by inode."""
    found: dict[int, int] = {}
    for pid in pids:
        for inode, taken in [*_mapped(pid), *_open(pid)]:
            found[inode] = max(taken, found.get(inode, 0))
    return found


def _open(pid: int) -> Iterator[tuple[int, int]]:
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                about = os.stat(f"/proc/{pid}/fd/{name}")
                if stat.S_ISREG(about.st_mode) and not about.st_nlink:
                    yield about.st_ino, about.st_blocks * _BLOCK


def _mapped(pid: int) -> Iterator[tuple[int, int]]:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/maps", errors="replace") as lines:
        for line in lines:
            if line.rstrip().endswith(_NO_NAME):
                addresses, _, _, _, inode, *_ = line.split()
                first, last = (int(address, 16) for address in addresses.split("-"))
                yield int(inode), last - first
