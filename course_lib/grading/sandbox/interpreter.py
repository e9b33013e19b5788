"""Without bubblewrap: a fresh interpreter for one submission, kept by its parent.

The parent forks before it loads anything; its child gives up what it can without privileges, loads
torch, and then, armed, sees the submission.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import NoReturn

from course_lib.grading.sandbox import confinement, keeper, kernel, worker
from course_lib.grading.sandbox.keeper import Kept, Lines
from course_lib.grading.sandbox.limits import Limits

ARMED = b"armed"


def main(
    lines: Lines, limits: Limits, driver: str, scratch: Path, drivers: Path | None
) -> NoReturn:
    """The keeper's life: one submission."""
    if kernel.on_linux:
        kernel.adopt_orphans()
        kernel.hide_memory()
    uid = confinement.fresh_uid()
    if uid is not None:
        os.chown(scratch, uid, uid)
    armed, arm = os.pipe()
    first = os.fork()
    if first == 0:
        os.close(armed)
        os.close(lines.leash)
        _work(limits, lines, arm, driver, scratch, drivers, uid)
    os.close(arm)
    keeper.keep(Kept(first, limits, armed, scratch, keeper.end_tree(first, uid)), lines)


def _work(
    limits: Limits,
    lines: Lines,
    arm: int,
    driver: str,
    scratch: Path,
    drivers: Path | None,
    uid: int | None,
) -> NoReturn:
    try:
        os.setsid()
        if kernel.on_linux:
            confinement.confine_files(scratch, drivers)
        confinement.become_harmless(uid, namespaced=False)
        if kernel.on_linux:
            kernel.die_with_parent()  # not before: with the user it would be forgotten
        os.dup2(lines.output, 1)
        os.dup2(lines.output, 2)
        os.close(lines.output)
        os.chdir(scratch)
        drive = worker.load_driver(driver)
        worker.warm_up()
        worker.withdraw()
        confinement.hold_to(limits)
        with contextlib.suppress(OSError):
            os.write(arm, ARMED)
        os.close(arm)
        worker.serve(lines.channel, drive)
    finally:
        os._exit(0)
