"""Messages on a stream: length, number, packed value. A reply has its request's number."""

from __future__ import annotations

import os
import struct
from typing import Any

from course_lib.grading import values

HEAD = struct.Struct("<II")


def encode(number: int, value: Any) -> bytes:
    """One message. Raises ReplyError if the value is not plain."""
    return frame(number, values.pack(value))


def frame(number: int, packed: bytes) -> bytes:
    """One message with a value that is packed already."""
    return HEAD.pack(len(packed), number) + packed


def read(descriptor: int) -> tuple[int, Any] | None:
    """Wait for a message from a trusted writer; None at the end of the stream."""
    head = _exactly(descriptor, HEAD.size)
    if head is None:
        return None
    length, number = HEAD.unpack(head)
    content = _exactly(descriptor, length)
    return None if content is None else (number, values.unpack(content, length))


def write(descriptor: int, content: bytes) -> None:
    """Write all of it. Raises OSError."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _exactly(descriptor: int, length: int) -> bytes | None:
    parts = []
    while length:
        part = os.read(descriptor, min(length, 1 << 20))
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
