"""`course grade PATH…`: grade notebooks, and tell what the class has yet to understand."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_lib.grading.handouts import Handout
    from course_lib.grading.results import Row


def add_to(commands: Any) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser(
        "grade",
        help="grade submitted exercise notebooks, without trusting a line of them",
        description="Takes notebooks and folders of notebooks, one per submission. Only the answer"
        " cells of each are run, in a sandbox (bubblewrap, where Linux has it), and judged from"
        " outside by the values that come back. Exits 0 when every submission has its row, 2 if"
        " it could not do its work.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all rows as JSON")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a table for a gradebook")
    parser.add_argument(
        "--jobs",
        type=_positive_int,
        default=_cores(),
        metavar="N",
        help="how many to grade at the same time (default: one for each core, %(default)s here)",
    )
    parser.add_argument(
        "--cpu-seconds",
        type=_positive,
        default=20.0,
        metavar="S",
        help="CPU time for each submission; five times as long in all (default: %(default)g)",
    )
    parser.add_argument(
        "--shard",
        type=_shard,
        default=(1, 1),
        metavar="I/N",
        help="grade only the I-th of N parts, I from 1 to N: one for each machine",
    )
    parser.add_argument(
        "--results",
        type=Path,
        metavar="FOLDER",
        help="keep each row here at once, and go on from here after an interruption",
    )
    parser.add_argument(
        "--isolation",
        choices=("auto", "bubblewrap", "process"),
        default="auto",
        help="bubblewrap: refuse to work without it; process: do not use it (default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Grade, and print the table and the summary."""
    if os.name != "posix":
        print("course grade needs Linux or macOS; on Windows run it in WSL.", file=sys.stderr)
        return 2
    from course_lib.atomic_file import write_atomically
    from course_lib.grading import report
    from course_lib.grading.sandbox.stopped import SandboxError
    from course_lib.grading.submissions import find_submissions

    if (wrong := _what_cannot_be_written(options)) is not None:
        print(wrong, file=sys.stderr)
        return 2
    number, of = options.shard
    paths = find_submissions(options.paths)[number - 1 :: of]
    try:
        rows = _grade(paths, options)
        for path, text in ((options.json, report.as_json), (options.csv, report.as_csv)):
            if path is not None:
                write_atomically(path, text(rows).encode())
    except SandboxError as reason:
        print(reason, file=sys.stderr)
        return 2
    except OSError as reason:
        print(_sentence(reason), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        kept = f" What is done is in {options.results}." if options.results else ""
        print(f"\nInterrupted.{kept}", file=sys.stderr)
        return 130
    print(report.as_table(rows))
    print(f"\n{report.summary(rows)}")
    return 0


def handouts() -> Sequence[Handout]:
    """The five exercises as they were handed out."""
    from course_lib.grading.checks.registry import all_exercises
    from course_lib.grading.handouts import load_handout

    return [load_handout(exercise) for exercise in all_exercises()]


def _grade(paths: Sequence[Path], options: argparse.Namespace) -> list[Row]:
    from tqdm import tqdm

    from course_lib.grading.batch import Setting, grade_all
    from course_lib.grading.results import ResultsFolder
    from course_lib.grading.sandbox.limits import Limits

    setting = Setting(handouts, options.isolation, Limits(cpu_seconds=options.cpu_seconds))
    results = ResultsFolder(options.results, str(setting))
    with tqdm(total=len(paths), desc="Grading", unit="submission", disable=None) as bar:
        return grade_all(
            paths, setting, results, options.jobs, on_row=lambda position, row: bar.update()
        )


def _what_cannot_be_written(options: argparse.Namespace) -> str | None:
    """A sentence on the first file that could not be written after hours of grading; None if none.

    What it takes is made: the folders that the files are to stand in.
    """
    if options.results is not None and os.path.isfile(options.results):
        return f"--results {options.results} is a file. Name a folder; it is made if need be."
    for name, file in (("--json", options.json), ("--csv", options.csv)):
        if file is None:
            continue
        if os.path.isdir(file):
            return f"{name} {file} is a folder. Name a file in it."
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as reason:
            return _sentence(reason)
        if not os.access(file.parent, os.W_OK):
            return f"{name} {file} cannot be written: nothing can in its folder."
    return None


def _sentence(reason: OSError) -> str:
    return f"{reason.filename}: {reason.strerror}." if reason.filename else f"{reason}."


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _positive_int(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return number


def _shard(text: str) -> tuple[int, int]:
    number, _, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a part such as 1/4, 2/4, 3/4 or 4/4")
    return int(number), int(of)
