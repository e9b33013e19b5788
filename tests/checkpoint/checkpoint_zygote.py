"""Processes that train and are killed.

Importing torch costs seconds, so one process imports it once and forks a child for every life of a
run (it never computes itself, so that it has one thread when it forks). As a script with a request
on the command line it trains in its own, fresh interpreter instead.
"""

import contextlib
import json
import os
import pickle
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Zygote:
    """The forking process, seen from the tests."""

    def __enter__(self) -> "Zygote":
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=child_environment(),
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def live(self, variant: str, folder: Path | None, **plan: Any) -> dict[str, Any]:
        """One life of a run: resumed if there is something to resume, killed as planned.

        ``plan``: nothing; ``event=N`` (killed at the N-th call or return of a Python function,
        ``within`` a function of that name if given); ``delay=S`` (from outside, after S seconds);
        ``step`` and ``write`` (see :func:`kill_in_write`); ``limit=N`` (no file beyond N bytes).
        Returns ``killed``, ``where`` (for ``event``), ``events``, ``warnings`` and ``result``.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        with tempfile.TemporaryDirectory() as scratch:
            request = make_request(variant, folder, Path(scratch) / "answer", **plan)
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
            assert line, f"the forking process ended unexpectedly after {request}"
            return {"killed": json.loads(line), **read_answer(request)}


def make_request(variant: str, folder: Path | None, answer: Path, **plan: Any) -> dict[str, Any]:
    where = None if folder is None else str(folder)
    return {"variant": variant, "folder": where, "answer": str(answer), **plan}


def read_answer(request: dict[str, Any]) -> dict[str, Any]:
    """What the process that trained wrote down before it ended, if anything."""
    path = Path(request["answer"])
    answer: dict[str, Any] = pickle.loads(path.read_bytes()) if path.exists() else {}
    assert "error" not in answer, f"{request}\n{answer['error']}"
    return answer


def child_environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


def train_as_asked(request: dict[str, Any], begins: int) -> None:
    """Train in this process; tell the descriptor ``begins`` when it begins."""
    import torch
    from checkpoint_runs import VARIANTS, train

    torch.set_num_threads(1)
    answer_to = Path(request["answer"])
    counter = EventCounter(request.get("event"), request.get("within"), answer_to)
    try:
        folder = None if request["folder"] is None else Path(request["folder"])
        setting = VARIANTS[request["variant"]]()
        if "step" in request:
            kill_in_write(request["step"], request["write"])
        os.write(begins, b"it trains\n")
        if "event" in request:
            sys.setprofile(counter)
        with warnings.catch_warnings(record=True) as warned, largest_file(request.get("limit")):
            warnings.simplefilter("always")
            result = train(setting, folder, resume=folder is not None)
        sys.setprofile(None)
        answer: dict[str, Any] = {"result": result, "events": counter.events}
        answer["warnings"] = [str(warning.message) for warning in warned]
    except BaseException:
        sys.setprofile(None)
        answer = {"error": traceback.format_exc()}
    answer_to.write_bytes(pickle.dumps(answer))


@contextlib.contextmanager
def largest_file(limit: int | None) -> Iterator[None]:
    """Inside, the kernel refuses to let a file grow beyond ``limit`` bytes."""
    if limit is None:
        yield
        return
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class EventCounter:
    """A profile function that ends its process at the event number ``last``."""

    def __init__(self, last: int | None, within: str | None, answer_to: Path) -> None:
        self.last, self.within, self.answer_to = last, within, answer_to
        self.events = self.inside = 0
        self.owner = os.getpid()

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if os.getpid() != self.owner:  # a forked DataLoader worker
            sys.setprofile(None)
            return
        if self.within is not None:
            if frame.f_code.co_name == self.within:
                self.inside += {"call": 1, "return": -1}.get(event, 0)
            if not self.inside:
                return
        self.events += 1
        if self.events == self.last:
            sys.setprofile(None)
            where = " < ".join(_names(frame)) + f" ({event})"
            self.answer_to.write_bytes(pickle.dumps({"where": where}))
            die()


def _names(frame: FrameType | None) -> list[str]:
    names = []
    while frame is not None:
        if "course_lib" in frame.f_code.co_filename:
            names.append(frame.f_code.co_name)
        frame = frame.f_back
    return names


def kill_in_write(step: Any, number: int) -> None:
    """Die in the ``number``-th atomic write: after a share ``step`` of its bytes, or right before
    (after, with a minus sign) the system call ``step``: fsync or replace."""
    from course_lib import atomic_file

    writes = 0

    def dying(name: str) -> Any:
        call = getattr(os, name)

        def instead(*arguments: Any, **keywords: Any) -> Any:
            if writes == number and step == name:
                die()
            answer = call(*arguments, **keywords)
            if writes == number and step == f"-{name}":
                die()
            return answer

        return instead

    def opening(*arguments: Any, **keywords: Any) -> Any:
        nonlocal writes
        file = open(*arguments, **keywords)  # noqa: SIM115  the caller closes it
        writes += 1
        if writes == number and isinstance(step, float):
            return DyingFile(file, step)
        return file

    os.fsync, os.replace = dying("fsync"), dying("replace")
    atomic_file.open = opening  # type: ignore[attr-defined]


class DyingFile:
    """A file in whose first write the process dies, when ``share`` of the bytes are written."""

    def __init__(self, file: Any, share: float) -> None:
        self.file, self.share = file, share

    def __enter__(self) -> "DyingFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def write(self, content: Any) -> None:
        content = bytes(content)
        self.file.write(content[: round(self.share * len(content))])
        self.file.flush()
        die()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fork_a_life(request: dict[str, Any]) -> bool:
    """Fork a child that trains, kill it if that is the plan; return whether it was killed."""
    hear, begins = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()  # its DataLoader workers can then be ended with it
        os.close(hear)
        train_as_asked(request, begins)
        os._exit(0)
    os.close(begins)
    with os.fdopen(hear, "rb", buffering=0) as stream:
        stream.read(1)
    if "delay" in request:
        time.sleep(request["delay"])
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    _end_workers(child)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _end_workers(session: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(session, signal.SIGKILL)


def main() -> None:
    if len(sys.argv) > 1:
        train_as_asked(json.loads(sys.argv[1]), sys.stdout.fileno())
        return
    import checkpoint_runs  # noqa: F401
    import torch._dynamo  # noqa: F401  which the first optimizer would import in each child

    for line in sys.stdin:
        print(json.dumps(fork_a_life(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
