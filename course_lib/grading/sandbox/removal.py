"""Deleting a folder that a submission wrote in, whatever it did there."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path


def remove(folder: Path) -> None:
    """Delete a folder that a submission wrote in: it may have taken away its own rights to it.

    A link is left as it is: it may lead to a folder of the teacher's.
    """
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
    for place, names, _ in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            if os.path.islink(path):
                continue
            with contextlib.suppress(OSError):
                os.chmod(path, 0o700)
    _delete(folder)
    if folder.exists():
        with contextlib.suppress(OSError):
            while _raised_by_a_level(folder):
                pass
        _delete(folder)


def _delete(folder: Path) -> None:
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)


def _raised_by_a_level(folder: Path) -> bool:
    """Whether folders moved up: nested too deeply, their paths are longer than a path may be."""
    moved = False
    for outer in [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]:
        with contextlib.suppress(OSError):
            outer.chmod(0o700)
            for inner in list(outer.iterdir()):
                inner.rename(folder / secrets.token_hex(8))
                moved = True
            outer.rmdir()
    return moved
