"""What a submission may see of this machine: the interpreter, packages, the course without judges.

All else stays away: home folders, other submissions, solutions, the checks and their oracles.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import course_lib

LIBRARY = Path(course_lib.__file__).resolve().parent

_HIDDEN_ROOMS = {"cli", "__main__.py", "__pycache__"}
_SEEN_OF_GRADING = ("__init__.py", "exercise.py", "values.py", "drivers", "sandbox")
_SYSTEM = (
    *("/usr", "/bin", "/lib", "/lib32", "/lib64", "/sbin"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"),
    *("/etc/fonts", "/etc/localtime", "/etc/mime.types", "/etc/nsswitch.conf"),
    "/var/cache/fontconfig",
)  # fmt: skip


def system_folders() -> list[Path]:
    """Where this machine's libraries are."""
    return [path for path in map(Path, _SYSTEM) if path.exists()]


def interpreter_folders() -> list[Path]:
    """The interpreter, its standard library and its packages; no folder stands in another's."""
    stated = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    stated |= {sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")}
    stated |= {entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))}
    # A virtual environment points to its base, and that may be a link again.
    stated |= {str(Path(sys.executable).resolve().parent)}
    folders = {Path(entry) for entry in stated} | {Path(entry).resolve() for entry in stated}
    folders = {path for path in folders if path.is_dir() and not _too_wide(path)}
    return sorted(path for path in folders if not any(up in folders for up in path.parents))


def library_paths() -> Iterator[Path]:
    """Files and folders of the course that a submission may read."""
    for path in sorted(LIBRARY.iterdir()):
        if path.name not in _HIDDEN_ROOMS and path.name != "grading":
            yield path
    for name in _SEEN_OF_GRADING:
        if (path := LIBRARY / "grading" / name).exists():
            yield path


def without(hidden: Path, folder: Path) -> Iterator[Path]:
    """The folder, or, if something in it is to stay hidden, what lies around that."""
    if hidden != folder and folder not in hidden.parents:
        yield folder
        return
    for path in sorted(folder.iterdir()) if hidden != folder else ():
        yield from without(hidden, path)


def _too_wide(path: Path) -> bool:
    """Whether a folder holds more than an interpreter: the root, a home."""
    return path == Path(path.anchor) or path == Path.home() or path in Path.home().parents
