"""Downloading one file from the first of several mirrors that has it whole."""

import http.client
import urllib.request
from collections.abc import Callable, Sequence
from urllib.error import HTTPError, URLError

CHUNK = 1 << 16  # bytes
LARGEST_FILE = 1 << 26  # bytes; twice what the course ever fetches


def download(
    file_name: str,
    mirrors: Sequence[str],
    verify: Callable[[bytes], object],
    *,
    timeout: float,
    progress: bool,
) -> bytes:
    """The bytes of ``file_name`` from the first mirror whose bytes pass ``verify``.

    ``verify`` raises ValueError, with the reason, for bytes that are not the file's. Nothing is
    written to the disk. Raises ConnectionError, with what each mirror did, if none has the file.
    """
    failures = []
    for mirror in [mirrors] if isinstance(mirrors, str) else mirrors:
        url = f"{mirror.rstrip('/')}/{file_name}"
        try:
            data = _fetch(url, file_name, timeout, progress)
            verify(data)
        except (OSError, http.client.HTTPException, ValueError) as error:
            failures.append(f"{url}: {_reason(error, timeout)}")
        else:
            return data
    raise ConnectionError("; ".join(failures) or "no mirror was given")


def _fetch(url: str, file_name: str, timeout: float, progress: bool) -> bytes:
    from tqdm import tqdm  # here, because importing the course must not import it

    received = bytearray()
    with urllib.request.urlopen(url, timeout=timeout) as response:
        length = response.headers.get("Content-Length")
        with tqdm(
            total=int(length) if length else None,
            desc=file_name,
            unit="B",
            unit_scale=True,
            disable=not progress,
        ) as bar:
            while chunk := response.read(CHUNK):
                received += chunk
                bar.update(len(chunk))
                if len(received) > LARGEST_FILE:
                    raise ValueError("it sends far more than the file")
    if length and len(received) < int(length):
        raise ValueError(f"it broke off after {len(received):,} of {int(length):,} bytes")
    return bytes(received)


def _reason(error: Exception, timeout: float) -> str:
    if isinstance(error, HTTPError):
        return f"it answered {error.code} {error.reason}"
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return f"it was silent for {timeout:g} seconds"
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
