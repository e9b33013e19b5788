"""The full Fashion-MNIST: from a folder, from the cache or, once, from the network."""

import contextlib
import os
import sys
import time
import warnings
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from course_lib.atomic_file import TEMPORARY_SUFFIX, write_atomically
from course_lib.data.download import download
from course_lib.data.idx_files import (
    FILE_NAMES,
    NotTheOfficialFileError,
    find_file,
    parse_idx,
    verified_content,
)

# The official bucket, and the data set's own repository. Plain HTTP is all the bucket offers;
# what counts is the SHA-256.
MIRRORS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
)


def read_full_set(
    folder: str | PathLike[str] | None,
    mirrors: Sequence[str],
    timeout: float,
    progress: bool,
) -> dict[str, NDArray[np.generic]]:
    """Images and labels of ``train`` and ``test``, keyed as in the shipped sample.

    Each file is looked for in ``folder``, then in the cache, then on the mirrors. Errors as in
    :func:`course_lib.fashion_mnist`.
    """
    named = None if folder is None else Path(folder).expanduser()
    if named is not None and not named.is_dir():
        raise FileNotFoundError(
            f"There is no folder {named}: give the one that holds {FILE_NAMES[0]}.gz and the "
            "other three files, or leave folder out to download them."
        )
    contents = [_content(name, named, mirrors, timeout, progress) for name in FILE_NAMES]
    keys = ("train_images", "train_labels", "test_images", "test_labels")
    return {key: parse_idx(content) for key, content in zip(keys, contents, strict=True)}


def cache_folder() -> Path:
    """Where downloads are kept: ``COURSE_CACHE``, or the system's place for caches."""
    chosen = os.environ.get("COURSE_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "training-loop-course"


def _content(
    name: str, named: Path | None, mirrors: Sequence[str], timeout: float, progress: bool
) -> bytes:
    if named is not None and (path := find_file(named, name)) is not None:
        try:
            return verified_content(name, path.read_bytes())
        except NotTheOfficialFileError as error:
            raise RuntimeError(
                f"{path} is not the official file ({error}): replace it, or remove it to have it "
                "downloaded."
            ) from None
    cache = cache_folder()
    try:
        if (path := find_file(cache, name)) is not None:
            return verified_content(name, path.read_bytes())
    except (NotTheOfficialFileError, OSError):
        pass  # the download below puts a good one in its place, if it can
    return _downloaded(name, cache, mirrors, timeout, progress)


def _downloaded(
    name: str, cache: Path, mirrors: Sequence[str], timeout: float, progress: bool
) -> bytes:
    file_name = f"{name}.gz"
    try:
        data = download(
            file_name,
            mirrors,
            lambda received: verified_content(name, received),
            timeout=timeout,
            progress=progress,
        )
    except ConnectionError as error:
        raise ConnectionError(
            f"{file_name} could not be downloaded ({error}): try again when the network is there, "
            "or put the four files of https://github.com/zalandoresearch/fashion-mnist into a "
            'folder and call fashion_mnist(full=True, folder="that folder").'
        ) from None
    try:
        write_atomically(cache / file_name, data)
        _remove_leftovers(cache, file_name)
    except OSError as error:
        warnings.warn(
            f"The download could not be kept in {cache} ({error}) and will be repeated next time; "
            "set COURSE_CACHE to a folder with room.",
            stacklevel=2,
        )
    return verified_content(name, data)


def _remove_leftovers(cache: Path, file_name: str) -> None:
    """Delete what a killed process left of this file; a young one may be another's at work."""
    for leftover in cache.glob(f".{file_name}.*{TEMPORARY_SUFFIX}"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > 3600:
                leftover.unlink()
