"""Writes the exercises as nbgrader's source version: ``python -m tools.nbgrader_sources FOLDER``.

FOLDER is the ``source`` folder of an nbgrader course; each exercise becomes an assignment of its
own. The notebooks are those of exercises/, with the solution between its markers: the solutions'
explanations and second ways stay at home. ``nbgrader generate_assignment`` makes the release.
"""

import argparse
import sys
from pathlib import Path

import nbformat

from tools.notebooks.exercise import SOLUTIONS, exercise_sources, nbgrader_source_of
from tools.notebooks.normalise import text_of
from tools.notebooks.source import notebook_of


def write_sources(folder: Path) -> list[Path]:
    """Write one assignment for each exercise; return the notebooks."""
    written = []
    for source in exercise_sources():
        solved = nbformat.read(notebook_of(source, SOLUTIONS), as_version=nbformat.NO_CONVERT)
        target = notebook_of(source, folder / source.stem)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = text_of(nbgrader_source_of(source, solved))
        target.write_text(text, encoding="utf-8", newline="\n")
        written.append(target)
    return written


def main(arguments: list[str] | None = None) -> int:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    for path in write_sources(parser.parse_args(arguments).folder):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
