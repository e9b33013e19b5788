"""Checks that notebooks agree with their sources and keep the limits of notebook style.

    python -m tools.lint_notebooks            all notebooks
    python -m tools.lint_notebooks FILE…      these, without comparing them with a source

Prints one line for each problem and exits 1 if there is any.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.notebooks.agreement import disagreements, exercise_disagreements, orphans
from tools.notebooks.exercise import EXERCISES, SOLUTIONS, exercise_sources
from tools.notebooks.exercise_rules import EXERCISE_RULES, SOLUTION_RULES
from tools.notebooks.rules import RULES, Rule
from tools.notebooks.source import NOTEBOOKS, SourceError, source_files


def problems_of(
    notebook: NotebookNode, rules: dict[str, Rule] = RULES
) -> Iterator[tuple[str, str, str]]:
    """Triples of rule, cell id and sentence for one notebook."""
    for name, rule in rules.items():
        for cell_id, sentence in rule(notebook):
            yield name, cell_id, sentence


def main(arguments: list[str] | None = None) -> int:
    """Print every problem; return how the process should exit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    chosen = parser.parse_args(arguments).files
    folders = (NOTEBOOKS, EXERCISES, SOLUTIONS)
    files = chosen or [file for folder in folders for file in sorted(folder.glob("*.ipynb"))]
    lines = [] if chosen else [*_source_lines(files), *_exercise_lines(files)]
    for file in files:
        notebook = nbformat.read(file, as_version=nbformat.NO_CONVERT)
        lines += [_line(_named(file), *problem) for problem in problems_of(notebook, _rules(file))]
    print("\n".join([*lines, f"{len(files)} notebooks, {len(lines)} problems"]))
    return 1 if lines else 0


def _source_lines(files: list[Path]) -> Iterator[str]:
    sources = source_files()
    for source in sources:
        try:
            for cell_id, sentence in disagreements(source):
                yield _line(source.name, "source-and-notebook-agree", cell_id, sentence)
        except SourceError as error:
            yield f"{error} [source]"
    yield from _orphan_lines(sources, [file for file in files if file.parent == NOTEBOOKS])


def _exercise_lines(files: list[Path]) -> Iterator[str]:
    sources = exercise_sources()
    for source in sources:
        try:
            for cell_id, sentence in exercise_disagreements(source):
                name = f"exercises/{source.name}"
                yield _line(name, "source-and-notebook-agree", cell_id, sentence)
        except SourceError as error:
            yield f"exercises/{source.name}: {error} [source]"
    for folder in (EXERCISES, SOLUTIONS):
        yield from _orphan_lines(sources, [file for file in files if file.parent == folder])


def _orphan_lines(sources: list[Path], files: list[Path]) -> Iterator[str]:
    for notebook in orphans(sources, files):
        yield _line(_named(notebook), "source-and-notebook-agree", "", "no source describes it")


def _rules(file: Path) -> dict[str, Rule]:
    of_folder = {EXERCISES.name: EXERCISE_RULES, SOLUTIONS.name: SOLUTION_RULES}
    return of_folder.get(file.resolve().parent.name, RULES)


def _named(file: Path) -> str:
    """The notebook's name; that of an exercise and of its solution with the folder."""
    folder = file.resolve().parent
    return f"{folder.name}/{file.name}" if folder in (EXERCISES, SOLUTIONS) else file.name


def _line(name: str, rule: str, cell_id: str, sentence: str) -> str:
    return f"{name}{f' › {cell_id}' if cell_id else ''}: {sentence} [{rule}]"


if __name__ == "__main__":
    sys.exit(main())
