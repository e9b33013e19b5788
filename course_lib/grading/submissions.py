"""Finding submissions, and reading the answer out of each, whatever happened to the file.

From a submission only the answer cells are taken; the rest is the teacher's.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_lib.grading.handouts import Handout
from course_lib.grading.notebook_cells import Cell, cells_of

MAX_BYTES = 100 * 2**20
_MOST_PARTS = 10_000_000  # an entry of a list takes two bytes to write, and seventy to hold
_LONGEST_ANSWER = 500_000
_SKIPPED_FOLDERS = {".ipynb_checkpoints", "__pycache__", "__MACOSX"}
_SNIFFED = 64 * 1024
# How it begins where an editor of Windows has saved it, with a mark of the byte order or without.
_UTF_16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"{\0": "utf-16-le", b"\0{": "utf-16-be"}


# A link that takes the file's place is not followed, and a pipe, which would never end, not waited
# for. Windows knows neither flag, and wants to be told that what it reads is no text.
_READ = sum(getattr(os, f"O_{flag}", 0) for flag in ("RDONLY", "NOFOLLOW", "NONBLOCK", "BINARY"))


class UnreadableError(Exception):
    """No answer can be read from the file; says why in one sentence."""


@dataclass(frozen=True)
class Answer:
    """What a submission answers: the exercise, and its answer cells in order."""

    handout: Handout
    cells: tuple[str, ...]


def find_submissions(paths: Iterable[Path]) -> list[Path]:
    """Each notebook among the paths and in the folders among them, once, in order.

    A path that is not a folder counts whatever it is called; from a folder come, sorted by name,
    the files that are called as notebooks are, and those that hold one under another name.
    """
    found: dict[Path, None] = {}
    for path in paths:
        for each in _inside(path) if os.path.isdir(path) else [path]:
            found.setdefault(Path(os.path.normpath(each)))
    return list(found)


def read_bytes(path: Path) -> bytes:
    """The file's content. Raises UnreadableError.

    A link is not followed: it may lead to the solution, or to another student's work.
    """
    if os.path.islink(path):
        raise UnreadableError("This is a link. Hand in the file that it leads to.")
    try:
        descriptor = os.open(path, _READ)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UnreadableError("This is not a file.")
            with open(descriptor, "rb", closefd=False) as file:
                content = file.read(MAX_BYTES + 1)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise UnreadableError("There is no such file.") from None
    except OSError as reason:
        raise UnreadableError(f"The file cannot be read: {reason.strerror}.") from reason
    if len(content) > MAX_BYTES:
        raise UnreadableError(f"The file is larger than {MAX_BYTES // 2**20} MB.")
    return content


def read_answer(content: bytes, handouts: Sequence[Handout]) -> Answer:
    """The exercise and the answer cells of a submitted notebook.

    Raises:
        UnreadableError: it is no notebook, or of no exercise that is known.
    """
    cells = list(cells_of(_notebook(content)))
    if not cells:
        raise UnreadableError("The notebook has no code cells.")
    handout = _handout_of(cells, handouts)
    answers = tuple(_answers(cells, handout))
    if sum(map(len, answers)) > _LONGEST_ANSWER:
        raise UnreadableError(f"The answer is longer than {_LONGEST_ANSWER:,} characters.")
    return Answer(handout, answers)


def _notebook(content: bytes) -> Any:
    if not content or content.isspace():
        raise UnreadableError("The file is empty.")
    if sum(map(content.count, (b",", b"[", b"{"))) > _MOST_PARTS:
        raise UnreadableError(f"The file has more parts than any notebook: over {_MOST_PARTS:,}.")
    marks = _UTF_16.items()
    encoding = next((name for mark, name in marks if content.startswith(mark)), "utf-8-sig")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise UnreadableError("The file is not a notebook: it is not even text.") from None
    try:
        notebook = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        cut_off = text.lstrip().startswith("{") and not text.rstrip().endswith("}")
        why = "it ends too early, as if a copy was cut off" if cut_off else "it is not JSON"
        raise UnreadableError(f"The file is not a whole notebook: {why}.") from None
    if type(notebook) is not dict:
        raise UnreadableError("The file is JSON, but not a notebook.")
    return notebook


def _handout_of(cells: list[Cell], handouts: Sequence[Handout]) -> Handout:
    """Known by its ``grade_id``s, else by its cells' own ids, else by the names it defines."""

    def by_name(handout: Handout) -> int:
        return sum(handout.is_defined_in(cell.source) for cell in cells)

    def by_cell_id(handout: Handout) -> int:
        return sum(cell.cell_id in handout.cell_ids for cell in cells)

    def by_answer(handout: Handout) -> int:
        return sum(cell.grade_id in handout.answer_ids for cell in cells)

    def by_grade_id(handout: Handout) -> int:
        return sum(cell.grade_id in handout.grade_ids for cell in cells)

    for count in (by_answer, by_grade_id, by_cell_id, by_name):
        best = max(handouts, key=count, default=None)
        if best is not None and count(best):
            return best
    raise UnreadableError("No cell of the notebook belongs to an exercise of this course.")


def _answers(cells: list[Cell], handout: Handout) -> list[str]:
    """The sources of the answer cells; a copy left as it was handed out counts only if alone."""
    marked = [
        cell.source
        for cell in cells
        if cell.grade_id in handout.answer_ids or cell.cell_id in handout.cell_ids
    ]
    filled_in = [source for source in marked if source.strip() and not handout.is_stub(source)]
    if any(map(handout.is_defined_in, filled_in)):
        return filled_in
    # The marks are gone, or the answer was written into a cell of one's own.
    named = [
        cell.source
        for cell in cells
        if handout.is_defined_in(cell.source) and not handout.is_stub(cell.source)
    ]
    return named or filled_in or marked


def _inside(folder: Path) -> list[Path]:
    found: list[Path] = []

    def cannot_look_into(reason: OSError) -> None:
        found.append(Path(reason.filename))  # a row that says so, rather than none

    for place, folders, names in os.walk(folder, onerror=cannot_look_into):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS)
        if not folders and not names and ".ipynb" in os.path.basename(place).lower():
            found.append(Path(place))
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        for name in names + links:
            path = Path(place, name)
            if not name.startswith(".") and _may_be_a_notebook(path):
                found.append(path)
    return sorted(found)


def _may_be_a_notebook(path: Path) -> bool:
    if ".ipynb" in path.name.lower():
        return True
    try:
        if path.is_symlink() or not path.is_file():
            return False
        with open(path, "rb") as file:
            start = file.read(_SNIFFED)
    except OSError:
        return False
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b'"cells"' in start
