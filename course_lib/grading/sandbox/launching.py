"""Starting Python for a worker: inside bubblewrap with a zygote, or as a fresh interpreter."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

from course_lib.grading.sandbox import kernel, visible, zygote
from course_lib.grading.sandbox.keeper import Lines
from course_lib.grading.sandbox.limits import Limits

_INSIDE = "/course"  # where the course is, inside
_DRIVERS_INSIDE = "/course_drivers"

# Inside, where `-P` and a cleared environment leave nothing but what is said here.
_BOOT = (
    "import sys, json, importlib; entry, paths, arguments = json.loads(sys.argv[1]);"
    "sys.path[:0] = paths[:1]; sys.path += [p for p in paths[1:] if p not in sys.path];"
    "importlib.import_module('course_lib.grading.sandbox.boot').start(entry, arguments)"
)
_ROOTS_RIGHTS = ("SYS_ADMIN", "SETUID", "SETGID", "KILL", "DAC_READ_SEARCH", "SYS_PTRACE")


def bubblewrap() -> str | None:
    """Where bubblewrap is, if this system has it."""
    return shutil.which("bwrap") if kernel.on_linux else None


def start_zygote(
    program: str, control: int, drivers: Path | None, names: list[str], errors: IO[bytes]
) -> subprocess.Popen[bytes]:
    """A zygote inside bubblewrap; it says ``ready`` on the control socket. Raises OSError."""
    paths = [_INSIDE, *_packages(), *([_DRIVERS_INSIDE] if drivers else [])]
    return subprocess.Popen(
        [program, *_profile(drivers), "--", *_python("zygote", paths, [control, names])],
        pass_fds=[control],
        stdin=subprocess.DEVNULL,
        stdout=errors,
        stderr=errors,
        env={},
        close_fds=True,
    )


def start_interpreter(
    lines: Lines,
    limits: Limits,
    driver: str,
    scratch: Path,
    drivers: Path | None,
    errors: IO[bytes],
) -> subprocess.Popen[bytes]:
    """A fresh interpreter for one submission. Raises OSError."""
    paths = [str(visible.LIBRARY.parent), *_packages(), *([str(drivers)] if drivers else [])]
    arguments: list[object] = [
        dataclasses.astuple(lines),
        dataclasses.asdict(limits),
        driver,
        str(scratch),
        str(drivers) if drivers else None,
    ]
    return subprocess.Popen(
        _python("interpreter", paths, arguments),
        pass_fds=dataclasses.astuple(lines),
        stdin=subprocess.DEVNULL,
        stdout=errors,
        stderr=errors,
        env=_environment(str(scratch)),
        close_fds=True,
        cwd=scratch,
        start_new_session=True,
    )


def _python(entry: str, paths: list[str], arguments: list[object]) -> list[str]:
    # -u: what is printed arrives at once, for whoever is killed has no time to flush.
    return [sys.executable, "-PBuc", _BOOT, json.dumps([entry, paths, arguments])]


def _packages() -> list[str]:
    ours = str(visible.LIBRARY.parent)
    return [entry for entry in sys.path if entry and entry != ours and _is_of_python(Path(entry))]


def _is_of_python(path: Path) -> bool:
    return any(folder in (path, *path.parents) for folder in visible.interpreter_folders())


def _environment(scratch: str) -> dict[str, str]:
    # Nothing of the grader's own environment: it may hold secrets.
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": scratch,
        "TMPDIR": scratch,
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": scratch,
        "COURSE_HEADLESS": "1",
    }


def _profile(drivers: Path | None) -> list[str]:
    """What bubblewrap is told: no network, nothing writable, nothing to see but what is needed."""
    said = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    said += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv"]
    if os.geteuid() == 0:
        for right in _ROOTS_RIGHTS:
            said += ["--cap-add", f"CAP_{right}"]
    else:
        said += ["--unshare-user"]
    scratch = _scratch(drivers)
    for name, value in _environment(scratch).items():
        said += ["--setenv", name, value]
    for folder in visible.system_folders():
        said += _shown(folder)
    for folder in visible.interpreter_folders():
        said += ["--ro-bind", str(folder), str(folder)]
        if folder in visible.LIBRARY.parents:
            said += ["--tmpfs", str(visible.LIBRARY), "--remount-ro", str(visible.LIBRARY)]
    for path in visible.library_paths():
        inside = Path(_INSIDE, "course_lib", path.relative_to(visible.LIBRARY))
        said += ["--ro-bind", str(path), str(inside)]
    if drivers:
        said += ["--ro-bind", str(drivers), _DRIVERS_INSIDE]
    # /dev/zero, mapped, is memory that no count shows (see seccomp).
    said += ["--proc", "/proc", "--dev", "/dev", "--ro-bind", "/dev/null", "/dev/zero"]
    said += ["--tmpfs", scratch]
    return [*said, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", scratch]


def _scratch(drivers: Path | None) -> str:
    """Where a submission may write: elsewhere if what it needs to read lies in ``/tmp``."""
    needed = [
        *visible.interpreter_folders(),
        *visible.library_paths(),
        *([drivers] if drivers else []),
    ]
    in_tmp = any(Path(zygote.SCRATCH) in path.parents for path in needed)
    return zygote.OTHER_SCRATCH if in_tmp else zygote.SCRATCH


def _shown(path: Path) -> list[str]:
    if path.is_symlink():
        return ["--symlink", os.readlink(path), str(path)]
    return ["--ro-bind", str(path), str(path)]
