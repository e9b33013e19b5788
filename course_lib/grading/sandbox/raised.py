"""An exception of the answer as plain values: type, message, and the answer's own lines."""

from __future__ import annotations

import linecache
import traceback
from types import TracebackType
from typing import Any

ANSWER = "<answer"  # each answer cell is compiled under a file name that begins so
_LONGEST = 2000


def describe(error: BaseException) -> dict[str, Any]:
    """``{"raised": {"type", "message", "traceback"}}``, whatever the exception does when asked."""
    return {
        "raised": {
            "type": _name(error),
            "message": _message(error),
            "traceback": _own_lines(_traceback_of(error)),
        }
    }


def remember(file_name: str, source: str) -> None:
    """Let tracebacks show the lines of a cell."""
    lines = source.splitlines(keepends=True)
    linecache.cache[file_name] = (len(source), None, lines, file_name)


def _name(error: BaseException) -> str:
    return str(type.__getattribute__(type(error), "__name__"))[:200]


def _message(error: BaseException) -> str:
    try:
        if isinstance(error, SyntaxError) and error.lineno is not None:
            return f"{error.msg} (line {error.lineno})"[:_LONGEST]
        return str(error)[:_LONGEST]
    except BaseException:
        return "(its message could not be read)"


def _traceback_of(error: BaseException) -> TracebackType | None:
    # Not by a class of theirs, which may say what it likes.
    found: TracebackType | None = vars(BaseException)["__traceback__"].__get__(error)
    return found


def _own_lines(frames: TracebackType | None) -> str:
    try:
        lines = []
        for frame in traceback.extract_tb(frames, limit=200):
            if frame.filename.startswith(ANSWER):
                lines.append(f"line {frame.lineno}, in {frame.name}: {frame.line or ''}"[:300])
        return "\n".join(lines[-10:])
    except BaseException:
        return ""
