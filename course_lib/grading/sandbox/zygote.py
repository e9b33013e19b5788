"""Inside bubblewrap: load torch once, then fork a keeper and a worker for each submission.

The zygote itself never sees a submission. Its child leaves for a process namespace of its own, in
which the zygote does not exist: no signal, no trace and no open file leads back to it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import traceback
from typing import NoReturn

from course_lib.grading.sandbox import confinement, keeper, kernel, worker
from course_lib.grading.sandbox.huge_pages import use_huge_pages
from course_lib.grading.sandbox.keeper import Kept, Lines
from course_lib.grading.sandbox.limits import Limits

SCRATCH = "/tmp"
OTHER_SCRATCH = "/scratch"
_MOST_FILES = 10_000


def main(control: int, drivers: list[str]) -> NoReturn:
    """Announce that all is loaded, then serve until the judge hangs up."""
    kernel.die_with_parent()
    kernel.hide_memory()
    gc.disable()  # what is loaded stays: to look through it again and again takes a fifth longer
    loaded = {name: worker.load_driver(name) for name in drivers}
    worker.preload()
    worker.warm_up()
    worker.withdraw()
    # The collector would write to every object that it visits, and each fork copy its page.
    gc.collect()
    gc.freeze()
    gc.enable()
    use_huge_pages()
    judge = socket.socket(fileno=control)
    judge.send(b"ready")
    while True:
        message, descriptors, _, _ = socket.recv_fds(judge, 4096, 3)
        if not message:
            os._exit(0)
        lines = Lines(*descriptors)
        child = os.fork()
        if child == 0:
            judge.close()
            limits, name = json.loads(message)
            _start(Limits(**limits), lines, loaded[name])
        lines.close_all()
        os.waitpid(child, 0)


def _start(limits: Limits, lines: Lines, drive: worker.Drive) -> NoReturn:
    """The keeper's life."""
    try:
        kernel.die_with_parent()
        _leave_for_new_namespaces()
        first = os.fork()
        if first == 0:
            _start_namespace(limits, lines, drive)
        keeper.keep(Kept(first, limits, None, None, keeper.end_namespace(first)), lines)
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(1)


def _leave_for_new_namespaces() -> None:
    apart = kernel.CLONE_NEWPID | kernel.CLONE_NEWIPC
    if os.geteuid() == 0 and not _mapped():
        kernel.unshare(apart)
        return
    uid, gid = os.geteuid(), os.getegid()
    kernel.unshare(apart | kernel.CLONE_NEWUSER)
    kernel.hide_memory(False)  # what is hidden cannot be written by its owner either
    for name, content in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(content)
    kernel.hide_memory()


def _mapped() -> bool:
    """Whether this is root in name only, in a user namespace without other users."""
    with open("/proc/self/uid_map") as lines:
        return int(lines.read().split()[2]) == 1


def _start_namespace(limits: Limits, lines: Lines, drive: worker.Drive) -> NoReturn:
    """The life of a namespace's first process: no signal from within reaches it."""
    code = 1
    try:
        kernel.die_with_parent()
        os.close(lines.leash)
        kernel.unshare(kernel.CLONE_NEWNS)
        _mount_scratch(limits)
        uid = None if _mapped() else confinement.fresh_uid()
        child = os.fork()
        if child == 0:
            _work(limits, lines, drive, uid)
        os.close(lines.channel)
        os.close(lines.output)
        code = _outlive(child)
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)


def _mount_scratch(limits: Limits) -> None:
    kernel.mount("none", "/", "none", kernel.MS_REC | kernel.MS_PRIVATE)
    safe = kernel.MS_NOSUID | kernel.MS_NODEV
    for folder in (os.environ["TMPDIR"], "/dev/shm"):
        options = f"size={limits.scratch_bytes},nr_inodes={_MOST_FILES},mode=1777"
        kernel.mount("tmpfs", folder, "tmpfs", safe, options)
    try:
        kernel.mount("proc", "/proc", "proc", safe | kernel.MS_NOEXEC)
    except OSError:  # not allowed here: then better none than one that shows the others
        kernel.mount("tmpfs", "/proc", "tmpfs", safe, "size=4096")


def _work(limits: Limits, lines: Lines, drive: worker.Drive, uid: int | None) -> NoReturn:
    try:
        os.setsid()
        nowhere = os.open("/dev/null", os.O_RDONLY)
        for target, source in ((0, nowhere), (1, lines.output), (2, lines.output)):
            os.dup2(source, target)
        os.close(lines.output)
        os.chdir(os.environ["TMPDIR"])
        confinement.hold_to(limits)
        confinement.become_harmless(uid, namespaced=True)
        worker.serve(lines.channel, drive)
    finally:
        os._exit(0)


def _outlive(child: int) -> int:
    """Wait as every first process must, for adopted children too; what the child ended with."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, 0)
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                return 128 - code if code < 0 else code
    return 1
