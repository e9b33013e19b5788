"""Being told to end by ``torchrun``: it does that to every process as soon as one of them is gone.

By default that is a silent death. Here each process says what has happened and how to go on. No
torch in here: it is to listen before that is imported, which takes seconds.
"""

import os
import signal
import socket
import sys
import threading
import time
from types import FrameType


class LostProcessError(RuntimeError):
    """Another process of this run has ended or no longer answers."""


GO_ON = (
    "Start the same command again; with checkpoint_dir and resume=True it goes on from the newest "
    "checkpoint."
)


# How long an exception may take to end a process that has work to clean up; torchrun waits 30.
SECONDS_TO_UNWIND = 20.0

_seconds_to_unwind = 0.0  # nothing is lost before the first exchange
_of_thread = threading.local()  # the signals that it blocked before it forked


def listen() -> None:
    """From now on say what has happened when SIGTERM comes, and end.

    Does nothing where the program listens to it itself, now or later, and on Windows, which has no
    such signal.
    """
    if (
        sys.platform == "win32"
        or threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        return
    told, tell = socket.socketpair()
    tell.setblocking(False)
    threading.Thread(target=_end_when_told, args=(told, tell), daemon=True).start()
    signal.set_wakeup_fd(tell.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, _raise)
    os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_be_deaf)


def let_exceptions_end_it() -> None:
    """From now on there may be work to clean up: SIGTERM raises LostProcessError.

    Torch's own waiting lets nothing through, and imports may swallow it; so it has its time only.
    """
    global _seconds_to_unwind
    _seconds_to_unwind = SECONDS_TO_UNWIND


def _end_when_told(told: socket.socket, tell: socket.socket) -> None:
    """The thread that listens; ``tell`` is kept open as long as it runs."""
    while number := told.recv(1):
        # Python tells of every signal that has a handler, of the program's own too.
        if number[0] == signal.SIGTERM and signal.getsignal(signal.SIGTERM) is _raise:
            time.sleep(_seconds_to_unwind)
            print(f"LostProcessError: {_told_to_end()}", file=sys.stderr, flush=True)
            os._exit(128 + signal.SIGTERM)


def _raise(number: int, frame: FrameType | None) -> None:
    if _seconds_to_unwind:
        raise LostProcessError(_told_to_end())


def _hold() -> None:
    """A signal to a fork that still listens as its parent would be heard by the parent."""
    _of_thread.blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})


def _release() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _of_thread.blocked)


def _be_deaf() -> None:
    """In a fork, which ends as it always would."""
    if signal.getsignal(signal.SIGTERM) is _raise:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _release()


def _told_to_end() -> str:
    rank, count = os.environ.get("RANK", "0"), os.environ.get("WORLD_SIZE", "1")
    return (
        f"Another of the {count} processes of this run has ended, or the run was cancelled: "
        f"rank {rank} was told to end too. {GO_ON}"
    )
