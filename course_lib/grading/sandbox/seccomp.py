"""System calls that no exercise needs and that reach beyond a process: refused by the kernel.

The filter is a program for the kernel's packet filter, inherited by every child and not to be
undone. A refused call fails with EPERM, as it would for lack of a right. Numbers of the calls:
the kernel's ``arch/x86/entry/syscalls/syscall_64.tbl`` and ``include/uapi/asm-generic/unistd.h``.
"""

from __future__ import annotations

import ctypes
import errno
import platform
from collections.abc import Iterable

from course_lib.grading.sandbox import kernel

_PR_SET_SECCOMP, _FILTER = 22, 2
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW = 0x7FFF_0000
_REFUSE = 0x0005_0000 | errno.EPERM
_UNKNOWN = 0x0005_0000 | errno.ENOSYS
_NO_MEMORY = 0x0005_0000 | errno.ENOMEM
_X32 = 0x4000_0000  # the other numbering of x86_64
_AF_UNIX = 1

_ARCHITECTURES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}

# name: (x86_64, aarch64); None where the call does not exist.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # other processes' memory, files and execution
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # how fast others run, and one's own share
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    # namespaces, mounts, and file handles that pass by every rule on paths
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # memory that no limit counts, objects that outlive the process
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "vmsplice": (278, 75),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "msgget": (68, 186),
    "msgctl": (71, 187),
    "semget": (64, 190),
    "semctl": (66, 191),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # ways past a filter, and the machine itself
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "bpf": (321, 280),
    "fanotify_init": (300, 262),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "reboot": (169, 142),
}
_CLONE = (56, 220)
_CLONE3 = (
    435,
    435,
)  # flags in memory, where no filter looks: the C library takes clone
_SOCKET = (41, 198)
# What a socket holds is counted nowhere: it is to stay as little as it is at first.
_SETSOCKOPT, _SIZES_OF_BUFFERS = (54, 208), [7, 8, 32, 33]
# To whom a signal goes is the first argument of each.
_SIGNALS = ((62, 129), (200, 130), (234, 131), (129, 138), (297, 240))
_PIDFD_SEND_SIGNAL = (424, 424)
# Calls whose first argument is a process of the same user's, 0 for the one that calls.
_OF_A_PROCESS = ((302, 261), (203, 122))  # prlimit64, sched_setaffinity
# An open file can send a signal, too: to a process and of a kind that these choose.
_FCNTL, _SETOWN, _SETSIG, _SETOWN_EX = (72, 25), 8, 10, 15
_IOCTL, _FIOSETOWN, _SIOCSPGRP = (16, 29), 0x8901, 0x8902
# Memory that is shared and belongs to no file can be filled, and let go of without being freed:
# no count of what a process holds would show it.
_MMAP, _FLAGS, _MAP_SHARED, _MAP_ANONYMOUS = (9, 222), 3, 0x01, 0x20


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def refuse_dangerous_calls(*, local_sockets: bool, signal_only: int | None = None) -> bool:
    """Install the filter in this process, which must have given up new privileges.

    Args:
        local_sockets: whether sockets within this machine may be made; no others ever are.
        signal_only: the one process that may be signalled; None leaves signals alone.

    Returns:
        False where the machine is of a kind whose call numbers we do not know.
    """
    machine = platform.machine()
    if not kernel.on_linux or machine not in _ARCHITECTURES:
        return False
    rules = _rules(machine, local_sockets, signal_only)
    program = _Program(len(rules), (_Instruction * len(rules))(*rules))
    kernel.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program))
    return True


def _rules(machine: str, local_sockets: bool, signal_only: int | None) -> list[_Instruction]:
    column = list(_ARCHITECTURES).index(machine)
    rules = [
        _Instruction(_LOAD, 0, 0, _ARCHITECTURE),
        _Instruction(_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        _Instruction(_RETURN, 0, 0, _REFUSE),
        _Instruction(_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        rules += _if(_AT_LEAST, _X32, _REFUSE)
    for numbers in _REFUSED.values():
        number = numbers[column]
        if number is not None:
            rules += _if(_EQUAL, number, _REFUSE)
    rules += _if(_EQUAL, _CLONE3[column], _UNKNOWN)
    rules += _if_argument(_CLONE[column], 0, _ANY_BIT, [kernel.CLONE_NEWUSER])
    rules += _if_argument(_FCNTL[column], 1, _EQUAL, [_SETOWN, _SETSIG, _SETOWN_EX])
    rules += _if_argument(_IOCTL[column], 1, _EQUAL, [_FIOSETOWN, _SIOCSPGRP])
    rules += _if_argument(_SETSOCKOPT[column], 2, _EQUAL, _SIZES_OF_BUFFERS)
    for numbers_of_call in _OF_A_PROCESS:
        rules += _unless_first_argument(numbers_of_call[column], 0)
    rules += _if_all_bits(_MMAP[column], _FLAGS, [_MAP_SHARED, _MAP_ANONYMOUS], _NO_MEMORY)
    if local_sockets:
        rules += _unless_first_argument(_SOCKET[column], _AF_UNIX)
    else:
        rules += _if(_EQUAL, _SOCKET[column], _REFUSE)
    if signal_only is not None:
        for numbers_of_signal in _SIGNALS:
            rules += _unless_first_argument(numbers_of_signal[column], signal_only)
        rules += _if(_EQUAL, _PIDFD_SEND_SIGNAL[column], _REFUSE)
    return [*rules, _Instruction(_RETURN, 0, 0, _ALLOW)]


def _if(test: int, value: int, verdict: int) -> list[_Instruction]:
    return [_Instruction(test, 0, 1, value), _Instruction(_RETURN, 0, 0, verdict)]


def _of_call(number: int, argument: int, body: list[_Instruction]) -> list[_Instruction]:
    """What is done with an argument of this call; all others go on behind it."""
    load = _Instruction(_LOAD, 0, 0, _ARGUMENTS + 8 * argument)
    return [_Instruction(_EQUAL, 0, 1 + len(body), number), load, *body]


def _if_argument(
    number: int, argument: int, test: int, values: Iterable[int]
) -> list[_Instruction]:
    """Refuse the call if the test of its argument comes out true for one of the values."""
    body = [rule for value in values for rule in _if(test, value, _REFUSE)]
    return _of_call(number, argument, [*body, _Instruction(_RETURN, 0, 0, _ALLOW)])


def _unless_first_argument(number: int, value: int) -> list[_Instruction]:
    """Refuse the call unless its first argument is the value."""
    refuse = _Instruction(_RETURN, 0, 0, _REFUSE)
    return _of_call(number, 0, [*_if(_EQUAL, value, _ALLOW), refuse])


def _if_all_bits(number: int, argument: int, bits: list[int], verdict: int) -> list[_Instruction]:
    """The verdict if all of these bits are set in an argument of the call."""
    body = [
        _Instruction(_ANY_BIT, 0, len(bits) - position, bit) for position, bit in enumerate(bits)
    ]
    ends = [_Instruction(_RETURN, 0, 0, verdict), _Instruction(_RETURN, 0, 0, _ALLOW)]
    return _of_call(number, argument, [*body, *ends])
