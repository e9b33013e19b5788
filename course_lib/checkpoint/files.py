"""A checkpoint as a file: written atomically, read safely, refused in one clear sentence."""

import io
import pickle
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from course_lib.atomic_file import write_atomically

FORMAT = "training-loop-course checkpoint"
VERSION = 1


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message says why and what to do."""


class MismatchedCheckpointError(CheckpointError):
    """A good checkpoint, but the arguments are not those of its run: no older one is the cure."""


def write_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """Write ``content`` (tensors, numbers, strings, lists, dicts) to ``path``, atomically.

    Serialised in memory first: torch's own writer can abort the process when a disk is full in
    the middle of a file, whereas bytes fail with an ordinary OSError.
    """
    buffer = io.BytesIO()
    with _check_sums():
        torch.save({"format": FORMAT, "version": VERSION, **content}, buffer)
    write_atomically(path, buffer.getbuffer())


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """Read a checkpoint onto the CPU, never executing code from the file.

    Raises CheckpointError for a file that is missing, damaged, foreign or of a newer version.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"There is no checkpoint at {path}.")
    _require_undamaged(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise CheckpointError(
            f"{path} holds more than tensors and plain data, so loading it could run foreign "
            "code; it was not loaded."
        ) from None
    except Exception as error:  # whatever a file of unknown origin brings about
        raise CheckpointError(
            f"{path} is damaged or no PyTorch checkpoint ({_short(error)}): use an older one."
        ) from None
    _require_ours(path, content)
    return dict(content)


@contextmanager
def _check_sums() -> Iterator[None]:
    # The process may have switched them off; without them damage would go unnoticed.
    chosen = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(True)
    try:
        yield
    finally:
        torch.serialization.set_crc32_options(chosen)


def _require_undamaged(path: Path) -> None:
    # torch.load does not verify the checksums that its own file format carries.
    try:
        with zipfile.ZipFile(path) as archive:
            # torch takes a part that claims to be a folder for empty, and its tensor then holds
            # whatever was in memory.
            folders = [part.filename for part in archive.infolist() if part.external_attr & 0x10]
            damaged = folders[0] if folders else archive.testzip()
    except Exception as error:  # damage can look like any compression, encryption or encoding
        raise CheckpointError(
            f"{path} is truncated or is no checkpoint at all ({_short(error)}): use an older one."
        ) from None
    if damaged is not None:
        raise CheckpointError(f"{path} is damaged (in its part {damaged}): use an older one.")


def _short(error: Exception) -> str:
    # torch's reader begins with "[enforce fail at inline_container.cc:180] . ", which tells nobody.
    line = re.sub(r"^\[enforce fail[^]]*\] \. ", "", str(error).partition("\n")[0])
    return line.partition(". ")[0] or type(error).__name__


def _require_ours(path: Path, content: Any) -> None:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(
            f"{path} was not written by save_checkpoint or train_model; read it with "
            "torch.load(path, weights_only=True) and load its parts yourself."
        )
    if content.get("version") != VERSION:
        raise CheckpointError(
            f"{path} has checkpoint version {content.get('version')}, and this course_lib reads "
            f"version {VERSION}: install the course_lib that wrote it."
        )
