"""Calls to Linux that Python does not offer: namespaces, mounts, process attributes, identity."""

from __future__ import annotations

import ctypes
import os
import sys

CLONE_NEWNS = 0x0002_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_KEEPCAPS = 1, 4, 8
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH = 2

on_linux = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True) if on_linux else None


class _CapabilityHead(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _call(name: str, *arguments: object) -> int:
    if _libc is None:
        raise OSError(f"{name} is a call to Linux")
    result = getattr(_libc, name)(*arguments)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return int(result)


def syscall(number: int, *arguments: object) -> int:
    """A system call that the C library has no name for. Raises OSError."""
    return _call("syscall", ctypes.c_long(number), *arguments)


def prctl(option: int, *arguments: object) -> int:
    """Raises OSError."""
    filled = [*arguments, 0, 0, 0, 0][:4]
    return _call("prctl", option, *(ctypes.c_ulong(a) if isinstance(a, int) else a for a in filled))


def unshare(flags: int) -> None:
    """Leave the named namespaces for new ones. Raises OSError."""
    _call("unshare", flags)


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Raises OSError."""
    _call(
        "mount",
        source.encode(),
        target.encode(),
        kind.encode(),
        ctypes.c_ulong(flags),
        options.encode(),
    )


def advise_memory(start: int, length: int, advice: int) -> None:
    """``madvise`` on bytes of this process. Raises OSError."""
    _call("madvise", ctypes.c_void_p(start), ctypes.c_size_t(length), advice)


def die_with_parent() -> None:
    """This process is killed when its parent ends."""
    prctl(_PR_SET_PDEATHSIG, 9)


def hide_memory(hidden: bool = True) -> None:
    """No process of the same user may look into this one's memory or trace it."""
    prctl(_PR_SET_DUMPABLE, 0 if hidden else 1)


def adopt_orphans() -> None:
    """Descendants whose parent ends become children of this process, new sessions or not."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def give_up_new_privileges() -> None:
    """No program that is started from here gains anything (setuid); not to be undone."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def become_user(uid: int, keep: int | None = None) -> None:
    """From root to a user who owns nothing, without capabilities but the one to ``keep``."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    if keep is not None:
        prctl(_PR_SET_KEEPCAPS, 1)
    os.setresuid(uid, uid, uid)
    drop_capabilities(keep)


def drop_capabilities(keep: int | None = None) -> None:
    """Give up every capability of this process but ``keep``. Raises OSError."""
    mask = 0 if keep is None else 1 << keep
    sets = (_CapabilitySets * 2)(_CapabilitySets(mask, mask, 0), _CapabilitySets(0, 0, 0))
    head = _CapabilityHead(_CAPABILITY_VERSION_3, 0)
    _call("capset", ctypes.byref(head), ctypes.byref(sets))
