"""From one solved source to two notebooks: the exercise, to be solved, and its solution.

What a cell is for stands in its tags (sources/README.md): `solution`, `check`, `free-text`,
`after-solving`, `when-solved`, `solution-only`, `exercise-only`.
"""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_lib.grading.checks.registry import exercise as exercise_named
from tools.notebooks.source import ROOT, SourceError, read_source

SOURCES = ROOT / "sources" / "exercises"
EXERCISES = ROOT / "exercises"
SOLUTIONS = ROOT / "solutions"

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
REGION = re.compile(rf"^([ \t]*){BEGIN}\n.*?^[ \t]*{END}\n?", re.DOTALL | re.MULTILINE)
STUB = 'raise NotImplementedError("Write your solution here, in place of this line.")'
PLACEHOLDER = "*Your answer: double-click here, write over this line, then press Shift+Enter.*"
SWITCHED_OFF = "# When the check passes: select all lines, press Ctrl+/ (Mac: Cmd+/), run."
CHECK_REASON = "a solved notebook may be tested before its outputs were stored"
PICTURE, PICTURE_CELL = "finished.png", "finished-picture"

# Tags that only the build needs, and that stay out of the notebooks.
_BUILDING = {
    *("solution-only", "exercise-only", "after-solving", "when-solved", "free-text"),
}


def exercise_sources() -> list[Path]:
    """All sources of exercises, in the order of the course."""
    return sorted(SOURCES.glob("*.py"))


def solution_of(source: Path) -> NotebookNode:
    """The solved notebook of a source, not yet executed. Raises SourceError."""
    notebook = read_source(source)
    _refuse_unknown(notebook, source)
    notebook.cells = [
        _marked(cell, source) for cell in notebook.cells if "exercise-only" not in _tags(cell)
    ]
    return notebook


def exercise_of(source: Path, solved: NotebookNode | None = None) -> NotebookNode:
    """The notebook to be solved: without solutions, without outputs.

    Args:
        source: the solved source.
        solved: the executed solution, from which the picture of the finished thing comes.
    """
    return _handed_out(source, solved, _without_solution)


def nbgrader_source_of(source: Path, solved: NotebookNode | None = None) -> NotebookNode:
    """The exercise with its solution between the markers: what nbgrader makes its release of."""
    return _handed_out(source, solved, lambda cell: cell)


def put_picture(notebook: NotebookNode, solved: NotebookNode) -> None:
    """Attach the picture that the executed solution made to the cells that show it.

    Raises:
        SourceError: no cell finished-picture has made one.
    """
    for cell in notebook.cells:
        if f"attachment:{PICTURE}" in cell.source:
            picture = next(_pictures(solved), None)
            if picture is None:
                raise SourceError(f"cell {cell.id}: no cell {PICTURE_CELL} has made {PICTURE}.")
            cell.attachments = nbformat.from_dict({PICTURE: {"image/png": picture}})


def put_alt_text(solved: NotebookNode) -> None:
    """Give pictures that the reader's own code displays the `alt` of their cell's header."""
    for cell in solved.cells:
        for output in cell.get("outputs", []):
            if "alt" in cell.metadata and "image/png" in output.get("data", {}):
                output.metadata.setdefault("image/png", {})["alt"] = cell.metadata["alt"]


def _handed_out(
    source: Path, solved: NotebookNode | None, answer_cell: Callable[[NotebookNode], NotebookNode]
) -> NotebookNode:
    notebook = read_source(source)
    _refuse_unknown(notebook, source)
    notebook.cells = [
        _marked(_for_reader(cell, answer_cell), source, handed_out=True)
        for cell in notebook.cells
        if "solution-only" not in _tags(cell)
    ]
    if solved is not None:
        put_picture(notebook, solved)
    return notebook


def _for_reader(
    cell: NotebookNode, answer_cell: Callable[[NotebookNode], NotebookNode]
) -> NotebookNode:
    tags = _tags(cell)
    if "solution" in tags:
        return answer_cell(cell)
    changed = deepcopy(cell)
    if "free-text" in tags:
        changed.source = PLACEHOLDER
    if "after-solving" in tags:
        changed.source = _folded(cell.source)
    if "when-solved" in tags:
        changed.source = "\n".join([SWITCHED_OFF, *map(_commented, cell.source.splitlines())])
    return changed


def _without_solution(cell: NotebookNode) -> NotebookNode:
    """The answer cell as it is handed out.

    A region inside a function becomes a stub that raises; one at the top of the cell goes without
    a trace, as a cell that raises would fail itself, and not its check.
    """
    changed = deepcopy(cell)
    changed.source = REGION.sub(
        lambda found: f"{found[1]}{STUB}\n" if found[1] else "", cell.source
    ).rstrip("\n")
    if changed.source == cell.source or "SOLUTION" in changed.source:
        raise SourceError(f"cell {cell.id}: {BEGIN} and {END} must stand around the solution.")
    return changed


def _folded(text: str) -> str:
    heading, _, body = text.partition("\n")
    title = heading.lstrip("# ").strip()
    return (
        f"<details>\n<summary><b>{title}</b> (to be opened afterwards)</summary>\n"
        f"\n{body.strip()}\n\n</details>"
    )


def _commented(line: str) -> str:
    return f"# {line}" if line.strip() else ""


def _marked(cell: NotebookNode, source: Path, handed_out: bool = False) -> NotebookNode:
    """The cell with nbgrader's marks, and without the tags that only the build needs."""
    tags, metadata = _tags(cell), dict(cell.metadata)
    kept = [tag for tag in metadata.pop("tags", []) if tag not in _BUILDING]
    if handed_out:
        metadata.pop("alt", None)
    if handed_out and "check" in tags and "nbval-ignore-output" not in kept:
        kept.append("nbval-ignore-output")
        metadata["nbval-reason"] = CHECK_REASON
    if kept:
        metadata["tags"] = kept
    if marks := _marks(tags):
        metadata["nbgrader"] = {**marks, "grade_id": cell.id, "schema_version": 3, "task": False}
        if marks["grade"]:
            points = exercise_named(source.stem).max_points if "check" in tags else 0
            metadata["nbgrader"]["points"] = int(points)
    changed = deepcopy(cell)
    changed.metadata = nbformat.from_dict(metadata)
    return changed


def _marks(tags: set[str]) -> dict[str, bool]:
    if "solution" in tags:
        return {"grade": False, "solution": True, "locked": False}
    if "check" in tags:
        return {"grade": True, "solution": False, "locked": True}
    if "free-text" in tags:  # read by a person, for no points
        return {"grade": True, "solution": True, "locked": False}
    return {}


def _pictures(solved: NotebookNode) -> Iterator[str]:
    for cell in solved.cells:
        if cell.id == PICTURE_CELL:
            for output in cell.get("outputs", []):
                if "image/png" in output.get("data", {}):
                    yield output.data["image/png"]


def _tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def _refuse_unknown(notebook: NotebookNode, source: Path) -> None:
    known = _BUILDING | {"solution", "check", "nbval-ignore-output", "nbval-skip"}
    for cell in notebook.cells:
        if strange := _tags(cell) - known:
            raise SourceError(
                f"{source.name}, {cell.id}: unknown tags {', '.join(sorted(strange))}."
            )
    for tag in ("solution", "check"):
        count = sum(
            tag in _tags(cell) and "solution-only" not in _tags(cell) for cell in notebook.cells
        )
        if count != 1:
            raise SourceError(
                f"{source.name}: {count} cells have the tag {tag}; there must be one."
            )
