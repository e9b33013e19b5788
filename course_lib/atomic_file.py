"""Writing a file so that a crash at any moment leaves the old one or the new one, never half."""

import contextlib
import os
import secrets
from pathlib import Path

TEMPORARY_SUFFIX = ".part"


def write_atomically(path: Path, content: bytes | memoryview) -> None:
    """Write ``content`` to ``path``: temporary file beside it, fsync, replace.

    The bytes are on the disk before the name points to them, so even a power cut leaves a whole
    file under ``path``. Raises OSError (a full disk, say) with the old file untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}"
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(path.parent)


def remove_leftovers(folder: Path) -> None:
    """Delete temporary files that a killed process left in ``folder``."""
    for leftover in folder.glob(f".*{TEMPORARY_SUFFIX}"):
        with contextlib.suppress(OSError):
            leftover.unlink()


def _sync_folder(folder: Path) -> None:
    # The rename itself must reach the disk too. Windows cannot open a folder, and needs not; some
    # network file systems refuse, and the new file is in its place all the same.
    if os.name == "posix":
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
