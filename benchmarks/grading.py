"""How many submissions of exercise 01 a second one grading process judges, and in what memory.

``python -m benchmarks.grading [--submissions N] [--answers "right/*.py"]``: the right and wrong
answers of the tests, over and over, through the grader as it is; loading it is counted, too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from course_lib.grading.batch import Setting, grade_all
from course_lib.grading.checks.registry import exercise
from course_lib.grading.handouts import Handout
from course_lib.grading.results import ResultsFolder

ANSWERS = Path(__file__).resolve().parents[1] / "tests/grading/checks/answers/early_stopping"


def handouts() -> Sequence[Handout]:
    """Exercise 01 without its notebook."""
    return [Handout(exercise("early_stopping"), (), "early_stopping")]


def write_class(folder: Path, number: int, answers: list[Path]) -> list[Path]:
    """Notebooks that differ at least in a comment."""
    paths = []
    for position in range(number):
        source = answers[position % len(answers)].read_text(encoding="utf-8")
        cell = {"cell_type": "code", "metadata": {}, "source": f"{source}\n# {position}\n"}
        path = folder / f"{position:05}.ipynb"
        path.write_text(json.dumps({"nbformat": 4, "metadata": {}, "cells": [cell]}))
        paths.append(path)
    return paths


def main() -> None:
    """Grade, and print the rate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--isolation", default="bubblewrap", choices=("bubblewrap", "process"))
    parser.add_argument("--answers", default="*/*.py", help="right/textbook.py: a typical one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        answers = sorted(ANSWERS.glob(options.answers))
        paths = write_class(Path(folder), options.submissions, answers)
        started, used_before = time.perf_counter(), time.process_time()
        rows = grade_all(paths, Setting(handouts, options.isolation), ResultsFolder(None))
        seconds, used = time.perf_counter() - started, time.process_time() - used_before
    graded = sum(row.status == "graded" for row in rows)
    print(
        f"{len(rows)} submissions, {graded} graded, in {seconds:.1f} s: one process with its worker"
    )
    print(f"{len(rows) / seconds:.2f} submissions a second; {rows[0].isolation}")
    # What the worker uses ends with its killed processes and is in nobody's account; judge and
    # worker take turns, so on an idle machine the seconds above are one core's.
    print(f"the judge's own CPU time: {used / len(rows):.2f} s a submission")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"the judge's memory at its peak: {peak:.0f} MB; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
