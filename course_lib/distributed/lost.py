"""A process of the run that is gone: one clear sentence instead of a hang or a riddle."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import distributed

from course_lib.launcher import GO_ON, LostProcessError

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


def _tells_of_a_loss(error: RuntimeError) -> bool:
    if isinstance(error, (distributed.DistBackendError, distributed.DistNetworkError)):
        return True
    return any(sign in str(error).lower() for sign in _SIGNS)
