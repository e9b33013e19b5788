"""The code cells of a notebook of any version, whatever was done to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_END_OF_LINE = re.compile(r"\r\n?")


@dataclass(frozen=True)
class Cell:
    """A code cell, with what is left of the marks that it was handed out with."""

    source: str
    grade_id: str = ""
    cell_id: str = ""
    is_answer: bool = False
    is_check: bool = False


def cells_of(notebook: Any) -> Iterator[Cell]:
    """The notebook's code cells in order; parts that are not as they should be are passed over.

    Versions 2 and 3 keep cells in worksheets; each later one, as far as anyone knows, at the top.
    """
    if type(notebook) is not dict:
        return
    found = _list(notebook.get("cells"))
    for sheet in _list(notebook.get("worksheets")):
        if type(sheet) is dict:
            found += _list(sheet.get("cells"))
    for cell in found:
        if type(cell) is dict and (read := _cell(cell)) is not None:
            yield read


def _cell(cell: dict[str, Any]) -> Cell | None:
    metadata = _dict(cell.get("metadata"))
    marks = _dict(metadata.get("nbgrader"))
    answer = marks.get("solution") is True and marks.get("grade") is not True
    answer = answer or "solution" in _list(metadata.get("tags"))
    is_code = cell.get("cell_type") == "code"
    if not is_code and not (answer and marks.get("task") is not True):
        return None
    return Cell(
        _text(cell.get("source", cell.get("input"))),
        _name(marks.get("grade_id")),
        _name(cell.get("id")),
        answer and is_code,
        marks.get("grade") is True,
    )


def _text(source: Any) -> str:
    """A cell's source: one string, or a list of lines."""
    if type(source) is list:
        source = "".join(line for line in source if type(line) is str)
    return _END_OF_LINE.sub("\n", source) if type(source) is str else ""


def _name(value: Any) -> str:
    return value if type(value) is str and len(value) <= 200 else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if type(value) is dict else {}


def _list(value: Any) -> list[Any]:
    return list(value) if type(value) is list else []
