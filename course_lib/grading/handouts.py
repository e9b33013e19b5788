"""What the teacher handed out: an exercise's notebook, and what in it is the teacher's own."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from course_lib.grading.exercise import Exercise
from course_lib.grading.notebook_cells import Cell, cells_of

# Beside the package in a checkout; inside it where it was installed.
_FOLDERS = (
    Path(__file__).resolve().parents[2] / "exercises",
    Path(__file__).resolve().parent / "exercises",
)
_USUAL_SETUP = """
import numpy as np
import torch
import matplotlib.pyplot as plt
from torch import nn
from tqdm.auto import tqdm
from course_lib import *
"""


@dataclass(frozen=True)
class Handout:
    """One exercise as it was handed out.

    Attributes:
        exercise: its checks.
        cells: the notebook's code cells; none if the notebook is not to be found here.
        driver: the name of what calls an answer.
    """

    exercise: Exercise
    cells: tuple[Cell, ...] = field(repr=False)
    driver: str

    @cached_property
    def answer_cells(self) -> tuple[Cell, ...]:
        """The cells that are the reader's to fill in."""
        return tuple(cell for cell in self.cells if cell.is_answer)

    @cached_property
    def answer_ids(self) -> frozenset[str]:
        """The ``grade_id`` of each answer cell."""
        return frozenset(cell.grade_id for cell in self.answer_cells if cell.grade_id)

    @cached_property
    def grade_ids(self) -> frozenset[str]:
        """The ``grade_id`` of each cell that has one: by these a submission is known."""
        return frozenset(cell.grade_id for cell in self.cells if cell.grade_id)

    @cached_property
    def cell_ids(self) -> frozenset[str]:
        """The answer cells' own ids, which some editors keep when they clear the rest."""
        return frozenset(cell.cell_id for cell in self.answer_cells if cell.cell_id)

    @cached_property
    def setup(self) -> str:
        """Imports, functions, classes and constants of the teacher's cells, as Python.

        What these cells compute or show is left out: an answer needs their names only.
        """
        if not self.cells:
            return _USUAL_SETUP
        kept: list[str] = []
        for cell in self.cells:
            if not cell.is_answer and not cell.is_check:
                kept += _names_given_by(cell.source)
        return "\n".join(kept)

    @cached_property
    def _defines(self) -> re.Pattern[str]:
        names = "|".join(map(re.escape, self.exercise.required))
        defined = rf"(?:(?:async[ \t]+)?def|class)[ \t]+(?:{names})\b"
        assigned = rf"(?:{names})[ \t]*(?::[^=\n]+)?=(?!=)"
        return re.compile(rf"^(?:{defined}|{assigned})", re.MULTILINE)

    def is_defined_in(self, source: str) -> bool:
        """Whether the cell defines a name that is asked for.

        Looked for line by line, not parsed: it has to be found in a cell with a syntax error or a
        magic too, and no text of a submission can make this slow or deep.
        """
        return bool(self._defines.search(source))

    def is_stub(self, source: str) -> bool:
        """Whether the cell is an answer cell as it was handed out."""
        return any(_same(source, cell.source) for cell in self.answer_cells)


def load_handout(exercise: Exercise, folder: Path | None = None, driver: str = "") -> Handout:
    """The exercise with its notebook from ``folder``, or from where the course keeps it."""
    for place in [folder] if folder else _FOLDERS:
        path = place / f"{exercise.file}.ipynb"
        if path.is_file():
            notebook: Any = json.loads(path.read_text(encoding="utf-8"))
            return Handout(exercise, tuple(cells_of(notebook)), driver or exercise.name)
    return Handout(exercise, (), driver or exercise.name)


def _names_given_by(source: str) -> list[str]:
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # a magic: the teacher's, but no Python
        return []
    return [ast.unparse(statement) for statement in statements if _gives_a_name(statement)]


def _gives_a_name(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        try:
            ast.literal_eval(statement.value)
        except ValueError:
            return False
        return True
    return isinstance(
        statement,
        (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
    )


def _same(submitted: str, ours: str) -> bool:
    """Whether they differ in white space only; however long one of them is, no more is split."""
    words = ours.split()
    return submitted.split(maxsplit=len(words)) == words
