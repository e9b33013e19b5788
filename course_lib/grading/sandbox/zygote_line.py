"""The judge's end of a zygote: started inside bubblewrap, listened to, ended."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
from pathlib import Path
from typing import IO

from course_lib.grading.sandbox import launching
from course_lib.grading.sandbox.stopped import SandboxError

_READY_SECONDS = 180.0


@dataclasses.dataclass
class ZygoteLine:
    """A zygote and the socket that it takes submissions from."""

    process: subprocess.Popen[bytes]
    control: socket.socket

    def is_ready(self) -> bool:
        """Wait until all is loaded; whether it came to that."""
        self.control.settimeout(_READY_SECONDS)
        try:
            return self.control.recv(16) == b"ready"
        except OSError:
            return False

    def end(self) -> None:
        """End it, and all that it started."""
        self.control.close()
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            # With bubblewrap dies its namespace, and all that is in it.
            self.process.kill()
            self.process.wait()


def start_zygote(driver_folder: Path | None, drivers: list[str], errors: IO[bytes]) -> ZygoteLine:
    """A zygote that has everything loaded. Raises SandboxError where bubblewrap does not work.

    Args:
        driver_folder: drivers that are not the course's own.
        drivers: those to load.
        errors: a file for what bubblewrap and Python have to say against it.
    """
    program = launching.bubblewrap()
    if program is None:
        raise SandboxError("bubblewrap (bwrap) is not installed.")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    errors.seek(0)
    errors.truncate()
    with theirs:
        process = launching.start_zygote(program, theirs.fileno(), driver_folder, drivers, errors)
    zygote = ZygoteLine(process, ours)
    if not zygote.is_ready():
        zygote.end()
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip()[-2000:]
        raise SandboxError(f"bubblewrap does not work here: {said or 'it said nothing'}")
    return zygote
