"""A process of the run that is gone: one clear sentence instead of a hang or a riddle."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import distributed

# What gloo and NCCL say when the other end of a connection has gone, or no longer answers.
_SIGNS = (
    "connection closed",
    "connection reset",
    "connection refused",
    "broken pipe",
    "timed out",
    "timeout",
    "remote process exited",
    "socket",
)


class LostProcessError(RuntimeError):
    """Another process of this run has ended or no longer answers."""


GO_ON = (
    "Start the same command again; with checkpoint_dir and resume=True it goes on from the newest "
    "checkpoint."
)


@contextmanager
def noticing_lost_processes(rank: int, count: int) -> Iterator[None]:
    """Turn what a broken connection raises into a LostProcessError."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, LostProcessError) or not _tells_of_a_loss(error):
            raise
        raise LostProcessError(
            f"Another of the {count} processes of this run has ended or no longer answers, so rank "
            f"{rank} ends too. {GO_ON}"
        ) from error


@contextmanager
def noticing_idle_parameters() -> Iterator[None]:
    """Say what to do where torch only names an argument of its own that nobody here can give."""
    try:
        yield
    except RuntimeError as error:
        if "Expected to have finished reduction" not in str(error):
            raise
        raise ValueError(
            "The model has parameters that take no part in its output, and several processes "
            "would wait for their gradients: freeze them with requires_grad_(False), or leave "
            "them out of the model."
        ) from error


@contextmanager
def noticing_the_launcher(rank: int, count: int) -> Iterator[None]:
    """Say so when ``torchrun`` ends this process: it does that as soon as another one is gone."""
    if not _may_listen():
        yield
        return

    def told_to_end(*_: Any) -> None:
        raise LostProcessError(_told_to_end(rank, count))

    signal.signal(signal.SIGTERM, told_to_end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def noticing_the_launcher_while_joining(rank: int, count: int) -> Iterator[None]:
    """The same where torch waits for the other processes without letting Python raise anything.

    A thread says the sentence and ends the process, which has nothing to lose yet.
    """
    if not _may_listen():
        yield
        return

    def say_and_end() -> None:
        while number := told.recv(1):
            if number[0] == signal.SIGTERM:
                print(f"LostProcessError: {_told_to_end(rank, count)}", file=sys.stderr, flush=True)
                os._exit(128 + signal.SIGTERM)

    told, tell = socket.socketpair()
    with told, tell:
        tell.setblocking(False)
        listener = threading.Thread(target=say_and_end, daemon=True)
        listener.start()
        signal.signal(signal.SIGTERM, lambda *_: None)
        before = signal.set_wakeup_fd(tell.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            tell.close()
            listener.join()


def _may_listen() -> bool:
    """Whether nobody else listens to SIGTERM and this thread is the one that can."""
    return (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )


def _told_to_end(rank: int, count: int) -> str:
    return (
        f"Another of the {count} processes of this run has ended, or the run was cancelled: "
        f"rank {rank} was told to end too. {GO_ON}"
    )


def _tells_of_a_loss(error: RuntimeError) -> bool:
    if isinstance(error, (distributed.DistBackendError, distributed.DistNetworkError)):
        return True
    return any(sign in str(error).lower() for sign in _SIGNS)
