"""Exercises as a class hands them in: unsolved, solved, with another answer."""

import copy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.notebooks.exercise import EXERCISES, SOLUTIONS, SWITCHED_OFF

NAMES = [path.stem for path in sorted(EXERCISES.glob("*.ipynb"))]


def unsolved(name: str) -> NotebookNode:
    return nbformat.read(EXERCISES / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)


def answer_cell(notebook: NotebookNode) -> NotebookNode:
    (cell,) = (cell for cell in notebook.cells if "solution" in cell.metadata.get("tags", []))
    return cell


def answered(name: str, answer: str) -> NotebookNode:
    notebook = unsolved(name)
    answer_cell(notebook).source = answer
    return notebook


def solution(name: str) -> str:
    """The course's own answer."""
    solved = nbformat.read(SOLUTIONS / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)
    return answer_cell(solved).source


def switched_on(notebook: NotebookNode) -> NotebookNode:
    """With the cells that are tried once the exercise is solved."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.source.startswith(SWITCHED_OFF):
            lines = cell.source.splitlines()[1:]
            cell.source = "\n".join(line.removeprefix("# ") for line in lines)
    return notebook


def check_cells(notebook: NotebookNode) -> list[int]:
    """The places of the check cells among the code cells, as nbval counts."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [i for i, cell in enumerate(code) if "check" in cell.metadata.get("tags", [])]


def write(notebook: NotebookNode, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path
