"""Running an answer in the reader's own kernel: quietly, and with their own lines in errors."""

from __future__ import annotations

import contextlib
import io
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

import course_lib
from course_lib.grading import drivers

_OURS = str(Path(course_lib.__file__).parent)
_DRIVERS = str(Path(drivers.__file__).parent)
_INSTALLED = {
    folder for key in ("purelib", "platlib", "stdlib") if (folder := sysconfig.get_path(key))
}


class _Sink(io.StringIO):
    """Swallows text; says that it is a terminal, as the notebook's output is as good as one."""

    def isatty(self) -> bool:
        return True


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Nothing printed or displayed, and torch's random numbers as they were before.

    What an answer prints would be different at every run, and what goes to stderr counts as an
    error where notebooks are graded.
    """
    with contextlib.ExitStack() as stack:
        shell = _shell()
        if shell is not None:
            from IPython.utils.capture import capture_output

            stack.enter_context(capture_output(stdout=False, stderr=False))
        stack.enter_context(contextlib.redirect_stdout(_Sink()))
        stack.enter_context(contextlib.redirect_stderr(_Sink()))
        stack.enter_context(torch.random.fork_rng(devices=[]))
        torch.manual_seed(0)
        yield


def raised(error: Exception) -> dict[str, Any]:
    """The error as the sandbox tells it: type, message, and the reader's own lines."""
    frames = list(traceback.extract_tb(error.__traceback__))
    ours = [i for i, frame in enumerate(frames) if frame.filename.startswith(_DRIVERS)]
    lines = [
        f"line {frame.lineno}, in {frame.name}: {frame.line or ''}"
        for frame in frames[ours[0] if ours else 0 :]
        if not _foreign(frame.filename)
    ]
    return {
        "raised": {
            "type": type(error).__name__,
            "message": str(error)[:2000],
            "traceback": "\n".join(lines[-10:]),
        }
    }


def _foreign(file: str) -> bool:
    return file.startswith(_OURS) or any(file.startswith(folder) for folder in _INSTALLED)


def _shell() -> Any:
    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython

    return get_ipython()
