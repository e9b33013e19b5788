"""Builds the notebooks from sources/: execute, normalise, check, write.

    python -m tools.build_notebooks              all, two at a time
    python -m tools.build_notebooks 01           the notebook whose name begins with 01
    python -m tools.build_notebooks exercises/01 an exercise, and its solution
    python -m tools.build_notebooks --report     only count: words, lines and minutes of each

How a source is written (cell ids, tags, setup cell, limits) stands in sources/README.md. A notebook
is written only when all its cells ran within their seconds, nothing went to stderr, and no rule of
notebook style is broken; otherwise the old file stays and the process exits 1.
Building twice gives the same bytes.
"""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.lint_notebooks import problems_of
from tools.notebooks.execute import ExecutionError, execute
from tools.notebooks.exercise import (
    EXERCISES,
    SOLUTIONS,
    exercise_of,
    exercise_sources,
    put_alt_text,
    put_picture,
    solution_of,
)
from tools.notebooks.exercise_rules import EXERCISE_RULES, SOLUTION_RULES
from tools.notebooks.normalise import OutputError, normalise, text_of
from tools.notebooks.reading import reading_of
from tools.notebooks.source import (
    NOTEBOOKS,
    SourceError,
    notebook_of,
    read_source,
    source_files,
)


@dataclass(frozen=True)
class Built:
    """How the build of one notebook went."""

    name: str
    line: str
    written: bool


def build(source: Path, draft: bool = False, folder: Path = NOTEBOOKS) -> Built:
    """Execute one source and write its notebook; a draft is written in spite of style's rules."""
    try:
        notebook = read_source(source)
        folder.mkdir(exist_ok=True)
        seconds = execute(notebook, folder)
        normalise(notebook)
    except (SourceError, ExecutionError, OutputError) as error:
        return Built(source.stem, f"{source.stem}: {error}", written=False)
    problems = [
        f"{source.stem}{f' › {cell_id}' if cell_id else ''}: {sentence} [{rule}]"
        for rule, cell_id, sentence in problems_of(notebook)
    ]
    if problems and not draft:
        return Built(source.stem, "\n".join(problems), written=False)
    target = notebook_of(source, folder)
    _write(target, text_of(notebook))
    line = _account(source.stem, seconds, target)
    return Built(source.stem, "\n".join([*problems, line]), written=True)


def build_exercise(
    source: Path, draft: bool = False, exercises: Path = EXERCISES, solutions: Path = SOLUTIONS
) -> Built:
    """Execute one exercise's source; write its solution, and the notebook to be solved."""
    name = f"exercises/{source.stem}"
    try:
        solved = solution_of(source)
        solutions.mkdir(exist_ok=True)
        exercises.mkdir(exist_ok=True)
        seconds = execute(solved, solutions)
        normalise(solved)
        put_alt_text(solved)
        put_picture(solved, solved)
        unsolved = exercise_of(source, solved)
    except (SourceError, ExecutionError, OutputError) as error:
        return Built(name, f"{name}: {error}", written=False)
    problems = [
        f"{name}, {which}{f' › {cell_id}' if cell_id else ''}: {sentence} [{rule}]"
        for which, notebook, rules in (
            ("solution", solved, SOLUTION_RULES),
            ("exercise", unsolved, EXERCISE_RULES),
        )
        for rule, cell_id, sentence in problems_of(notebook, rules)
    ]
    if problems and not draft:
        return Built(name, "\n".join(problems), written=False)
    _write(notebook_of(source, exercises), text_of(unsolved))
    _write(target := notebook_of(source, solutions), text_of(solved))
    return Built(name, "\n".join([*problems, _account(name, seconds, target)]), written=True)


def build_any(source: Path, draft: bool = False) -> Built:
    """Build what a source describes: a notebook, or an exercise and its solution."""
    return (build_exercise if source in exercise_sources() else build)(source, draft)


def name_of(source: Path) -> str:
    """What the command line calls a source: 01_four_step_loop, exercises/01_early_stopping."""
    return f"exercises/{source.stem}" if source in exercise_sources() else source.stem


def report(source: Path) -> str:
    """One line on how much there is to read in a source's notebook."""
    reading = reading_of(read_source(source))
    return (
        f"{source.stem}: {reading.words} words, {reading.code_lines} lines of code,"
        f" {reading.predictions} predictions, {reading.widgets} widgets:"
        f" about {reading.minutes:.0f} minutes"
    )


def main(arguments: list[str] | None = None) -> int:
    """Build or report what the command line names; return how the process should exit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="beginning of a notebook's name")
    parser.add_argument("--report", action="store_true", help="count words and minutes only")
    parser.add_argument("--draft", action="store_true", help="write although rules are broken")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default 2)")
    options = parser.parse_args(arguments)
    chosen = [
        source
        for source in [*source_files(), *exercise_sources()]
        if not options.names or name_of(source).startswith(tuple(options.names))
    ]
    if not chosen:
        print("No source has such a name.", file=sys.stderr)
        return 1
    if options.report:
        print("\n".join(map(report, chosen)))
        return 0
    failed = 0
    with ProcessPoolExecutor(max_workers=min(options.jobs, len(chosen))) as pool:
        for built in pool.map(build_any, chosen, [options.draft] * len(chosen)):
            print(built.line, flush=True)
            failed += not built.written
    return 1 if failed else 0


def _account(name: str, seconds: dict[str, float], target: Path) -> str:
    slowest = max(seconds, key=seconds.__getitem__)
    return (
        f"{name}: built in {sum(seconds.values()):.1f} s"
        f" (slowest cell {slowest}, {seconds[slowest]:.1f} s),"
        f" {target.stat().st_size / 1e3:.0f} kB"
    )


def _write(path: Path, text: str) -> None:
    """Replace a file in one step, so that an interrupted build leaves the old one whole."""
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    os.replace(partial, path)


if __name__ == "__main__":
    sys.exit(main())
