"""Landlock: what a process without privileges may do to keep itself from files and processes.

Linux 5.13 and newer; https://docs.kernel.org/userspace-api/landlock.html has the numbers.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

from course_lib.grading.sandbox import kernel

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_ALL_OF_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}  # from 5 on: (1 << 16) - 1
_IOCTL_ON_DEVICES = 1 << 15
_CONNECT_TCP_AND_BIND = 3
_ABSTRACT_SOCKETS_AND_SIGNALS = 3
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | (1 << 14) | _IOCTL_ON_DEVICES
SIGNALS_SINCE = 6


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """Which version the kernel speaks; 0 for none."""
    if not kernel.on_linux:
        return 0
    with contextlib.suppress(OSError):
        return kernel.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    return 0


def confine(
    readable: Iterable[Path], writable: Iterable[Path], listable: Iterable[Path] = ()
) -> int:
    """Only these paths and what is below them can be opened from now on, by children too.

    Of ``listable`` folders only the names can be read, with those of the folders below.

    From version 4 on no TCP port can be bound or reached; from version 6 on no process outside
    can be signalled.

    Returns:
        The version in force; 0 where the kernel has no Landlock and nothing was confined.
    """
    spoken = version()
    if not spoken:
        return 0
    files = _ALL_OF_VERSION.get(min(spoken, 3), 0) | (_IOCTL_ON_DEVICES if spoken >= 5 else 0)
    rules = _Ruleset(
        files,
        _CONNECT_TCP_AND_BIND if spoken >= 4 else 0,
        _ABSTRACT_SOCKETS_AND_SIGNALS if spoken >= SIGNALS_SINCE else 0,
    )
    size = 24 if spoken >= SIGNALS_SINCE else 16 if spoken >= 4 else 8
    ruleset = kernel.syscall(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    try:
        for path in readable:
            _allow(ruleset, path, _EXECUTE | _READ_FILE | _READ_DIR)
        for path in listable:
            _allow(ruleset, path, _READ_DIR)
        for path in writable:
            _allow(ruleset, path, files)
        kernel.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return spoken


def _allow(ruleset: int, path: Path, rights: int) -> None:
    with contextlib.suppress(OSError):  # what does not exist needs no rule
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not path.is_dir():
                rights &= _ON_FILES
            rule = _PathRule(rights, descriptor)
            kernel.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(descriptor)
