"""Grading many submissions: several at a time, each result kept as it comes."""

from __future__ import annotations

import dataclasses
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path

from course_lib.grading.grade import grade, idle_points
from course_lib.grading.handouts import Handout
from course_lib.grading.results import ResultsFolder, Row, unreadable
from course_lib.grading.sandbox import kernel
from course_lib.grading.sandbox.limits import Limits
from course_lib.grading.sandbox.sandbox import Sandbox
from course_lib.grading.submissions import UnreadableError, read_bytes

LoadHandouts = Callable[[], Sequence[Handout]]
OnRow = Callable[[int, Row], None]

_WAITING_EACH = 4  # submissions handed to each process ahead of time
_MOST_BREAKS = 3


@dataclass(frozen=True)
class Setting:
    """How to grade; all of it can be sent to another process.

    Attributes:
        load_handouts: gives the exercises; a function of a module, so that it can be sent.
        isolation: "auto", "bubblewrap" or "process".
        limits: what each submission may use.
        driver_folder: drivers that are not the course's own.
    """

    load_handouts: LoadHandouts
    isolation: str = "auto"
    limits: Limits = dataclasses.field(default_factory=Limits)
    driver_folder: Path | None = None

    def __str__(self) -> str:
        """What rows depend on."""
        return f"{self.isolation} {self.limits}"


class Grader:
    """Grades in this process; use it in a ``with`` block. Raises SandboxError, OSError."""

    def __init__(self, setting: Setting) -> None:
        _hide_memory()
        self._handouts = list(setting.load_handouts())
        _use_one_thread()
        drivers = tuple(handout.driver for handout in self._handouts)
        self._sandbox = Sandbox(setting.isolation, setting.limits, drivers, setting.driver_folder)
        self._idle = idle_points(self._sandbox)

    def grade(self, submission: str, content: bytes, results: ResultsFolder) -> Row:
        """One row, kept in the results folder."""
        rng = results.rng_for(content)
        row = grade(submission, content, self._handouts, self._sandbox, rng, self._idle)
        results.store(row, content)
        return row

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, *_: object) -> None:
        self._sandbox.close()


def grade_all(
    paths: Sequence[Path],
    setting: Setting,
    results: ResultsFolder,
    jobs: int = 1,
    on_row: OnRow = lambda position, row: None,
) -> list[Row]:
    """A row for each path, in their order.

    Args:
        paths: the submissions.
        setting: how.
        results: rows that are there already are taken from here; new ones are kept here.
        jobs: processes that grade at the same time.
        on_row: told of each row as it comes, with the position of its path.
    """
    _hide_memory()
    rows: dict[int, Row] = {}

    def take(position: int, row: Row) -> None:
        rows[position] = row
        on_row(position, row)

    to_do = []
    for position, path in enumerate(paths):
        if (row := _without_running(path, results)) is not None:
            take(position, row)
        else:
            to_do.append(position)
    if to_do and (jobs == 1 or len(to_do) == 1):
        with Grader(setting) as grader:
            for position in to_do:
                take(position, _graded(grader, paths[position], results))
    elif to_do:
        for position, row in _in_parallel(to_do, paths, setting, results, jobs):
            take(position, row)
    used = next((row.isolation for row in rows.values() if row.isolation), "")
    return [
        dataclasses.replace(rows[position], isolation=rows[position].isolation or used)
        for position in range(len(paths))
    ]


def _without_running(path: Path, results: ResultsFolder) -> Row | None:
    try:
        return results.stored(str(path), read_bytes(path))
    except UnreadableError as reason:
        return unreadable(str(path), str(reason))


def _graded(grader: Grader, path: Path, results: ResultsFolder) -> Row:
    try:
        content = read_bytes(path)
    except UnreadableError as reason:
        return unreadable(str(path), str(reason))
    # Of two with the same content, the second finds the row of the first.
    return results.stored(str(path), content) or grader.grade(str(path), content, results)


def _in_parallel(
    to_do: list[int], paths: Sequence[Path], setting: Setting, results: ResultsFolder, jobs: int
) -> Iterator[tuple[int, Row]]:
    """Rows as they come. If a grading process dies, what it held is done again by another."""
    left = set(to_do)
    for _ in range(_MOST_BREAKS):
        try:
            with _pool(setting, results, min(jobs, len(left))) as pool:
                for position, row in _as_they_come(pool, sorted(left), paths, jobs):
                    left.discard(position)
                    yield position, row
            return
        except BrokenProcessPool:
            continue
    message = "The grader itself failed here: its process was ended from outside, several times."
    for position in sorted(left):
        row = unreadable(str(paths[position]), message)
        yield position, dataclasses.replace(row, status="crashed", final=False)


def _pool(setting: Setting, results: ResultsFolder, jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, get_context("spawn"), _start, (setting, results))


def _as_they_come(
    pool: ProcessPoolExecutor, to_do: list[int], paths: Sequence[Path], jobs: int
) -> Iterator[tuple[int, Row]]:
    waiting = iter(to_do)
    running: dict[Future[Row], int] = {}
    while True:
        while len(running) < jobs * _WAITING_EACH and (position := next(waiting, None)) is not None:
            running[pool.submit(_work, paths[position])] = position
        if not running:
            return
        for done in wait(running, return_when=FIRST_COMPLETED).done:
            yield running.pop(done), done.result()


# What a grading process of a pool holds.
_grader: Grader | None = None
_results: ResultsFolder | None = None


def _start(setting: Setting, results: ResultsFolder) -> None:
    global _grader, _results
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _grader, _results = Grader(setting), results


def _end_with_parent() -> None:
    """A process of a pool waits for work for ever, also when nobody is left to send it any."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(path: Path) -> Row:
    assert _grader is not None and _results is not None
    return _graded(_grader, path, _results)


def _hide_memory() -> None:
    """Where no namespace is between them, a submission may be the same user: verdicts are here."""
    if kernel.on_linux:
        kernel.hide_memory()


def _use_one_thread() -> None:
    """Judges compute too, beside as many others as there are cores."""
    if "torch" in sys.modules:  # not where only a teacher's own exercises are judged without it
        sys.modules["torch"].set_num_threads(1)
