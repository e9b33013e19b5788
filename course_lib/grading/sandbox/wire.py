"""The judge's ends of the lines to a submission's processes; nothing on them is trusted or awaited
for longer than a deadline."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import time
from dataclasses import dataclass
from typing import Any

from course_lib.grading.sandbox import frames
from course_lib.grading.sandbox.limits import Limits
from course_lib.grading.sandbox.stopped import StoppedError, told
from course_lib.grading.values import ReplyError

_TO_REPORT_SECONDS = 15.0
_TO_SEE_IT_END_SECONDS = 0.5  # between the end of a stream and the keeper's word on why


@dataclass
class Ends:
    """Requests and replies; what is printed; the leash that ends it all and tells how it ended."""

    channel: socket.socket
    output: int
    leash: socket.socket

    def close(self) -> None:
        """Close them all."""
        self.channel.close()
        self.leash.close()
        os.close(self.output)


class Wire:
    """Sends requests, takes replies, drains what is printed.

    Attributes:
        printed: the first of what the submission printed.
        report: how it ended, by its keeper, once that is known.
    """

    def __init__(self, ends: Ends, limits: Limits) -> None:
        self.printed = bytearray()
        self.report: dict[str, str] | None = None
        self._ends = ends
        self._limits = limits
        self._received = bytearray()
        self._outputs = [ends.output]
        ends.channel.setblocking(False)
        os.set_blocking(ends.output, False)

    def exchange(self, request: bytes, number: int, deadline: float) -> bytes:
        """Send the request, which may be empty, and take the reply of this number.

        Raises:
            StoppedError: the submission ended, or the deadline (``time.monotonic``) came.
            ReplyError: what came is no reply.
        """
        rest = memoryview(request)
        channel, leash = self._ends.channel, self._ends.leash
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise told("timeout", self._limits)
            waiting: list[Any] = [channel, leash, *self._outputs]
            readable, writable, _ = select.select(waiting, [channel] if rest else [], [], left)
            if self._ends.output in readable:
                self._drain()
            if writable:
                with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
                    rest = rest[channel.send(rest) :]
            if channel in readable and not self._receive():
                raise self._ended()
            if (reply := self._take_frame(number)) is not None:
                return reply
            if leash in readable and channel not in readable:
                raise self._ended()

    def hang_up(self, patience: float = 0) -> dict[str, str] | None:
        """Let the keeper end the submission, and hear how it ended; None if it does not say."""
        leash = self._ends.leash
        with contextlib.suppress(OSError, ValueError):
            if not select.select([leash], [], [], patience)[0]:
                leash.shutdown(socket.SHUT_WR)
            leash.settimeout(_TO_REPORT_SECONDS)
            content = b"".join(iter(lambda: leash.recv(4096), b""))
            if content:
                self.report = json.loads(content)
        return self.report

    def close(self) -> None:
        """Close the judge's ends, once what was printed last has been read."""
        for _ in range(4):
            self._drain()
        self._ends.close()

    def _receive(self) -> bool:
        try:
            part = self._ends.channel.recv(1 << 20)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._received += part
        return bool(part)

    def _take_frame(self, number: int) -> bytes | None:
        if len(self._received) < frames.HEAD.size:
            return None
        length, its_number = frames.HEAD.unpack_from(self._received)
        if length > self._limits.reply_bytes:
            raise ReplyError(f"the reply is longer than {self._limits.reply_bytes} bytes")
        if its_number != number:
            raise ReplyError("the reply answers what nobody asked")
        end = frames.HEAD.size + length
        if len(self._received) < end:
            return None
        reply = bytes(self._received[frames.HEAD.size : end])
        del self._received[:end]
        return reply

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            part = os.read(self._ends.output, 1 << 16)
            self.printed += part[: self._limits.output_bytes - len(self.printed)]
            if not part:
                self._outputs = []

    def _ended(self) -> StoppedError:
        report = self.hang_up(_TO_SEE_IT_END_SECONDS) or {}
        how = report.get("how", "")
        if how in ("timeout", "memory"):
            return told(how, self._limits)
        return told("crashed", self._limits, report.get("why", "it closed the line"))
