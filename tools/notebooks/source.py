"""Reads a text source into the notebook that the build executes.

The convention (sources/README.md): jupytext's percent format, every cell with `id="…"` in its
header, optionally `tags=[…]` and `nbval-reason="…"`. What becomes of an exercise's source, which
holds its solution, is said in tools/notebooks/exercise.py.
"""

import re
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from tools.notebooks.setup_cell import IN_SOURCE, METADATA, SETUP_ID, setup_cell_source

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "sources" / "notebooks"
NOTEBOOKS = ROOT / "notebooks"

CELL_ID = re.compile(r"[a-z][a-z0-9-]{0,63}")
KEPT_METADATA = {"tags", "nbval-reason", "alt"}

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE_INFO = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}


class SourceError(ValueError):
    """A source does not keep the convention; the message says where and what to do."""


def notebook_metadata() -> NotebookNode:
    """What every notebook of ours says of itself."""
    return nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO})


def source_files() -> list[Path]:
    """All sources, in the order of the course."""
    return sorted(SOURCES.glob("*.py"))


def notebook_of(source: Path, folder: Path = NOTEBOOKS) -> Path:
    """Where the build writes the notebook of a source."""
    return folder / f"{source.stem}.ipynb"


def read_source(path: Path) -> NotebookNode:
    """The notebook that a source describes, not yet executed.

    Raises:
        SourceError: a cell without id, an id twice, unknown metadata, a setup cell of its own.
    """
    text = path.read_text(encoding="utf-8")
    parsed = jupytext.reads(text, fmt={"extension": ".py", "format_name": "percent"})
    cells, seen = [], set()
    for number, cell in enumerate(parsed.cells, start=1):
        where = f"{path.name}, cell {number}"
        cell_id = cell.metadata.pop("id", None)
        if cell_id is None:
            raise SourceError(
                f'{where} ({_begin(cell)}) has no id: write id="…" after the %% of its header.'
            )
        if not (isinstance(cell_id, str) and CELL_ID.fullmatch(cell_id)):
            raise SourceError(
                f"{where}: the id {cell_id!r} must begin with a lower-case letter and hold only"
                " lower-case letters, digits and hyphens, at most 64."
            )
        if cell_id in seen:
            raise SourceError(f"{where}: the id {cell_id!r} is taken by an earlier cell.")
        seen.add(cell_id)
        cells.append(_cell(cell, cell_id, where))
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = notebook_metadata()
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return notebook


def _cell(cell: NotebookNode, cell_id: str, where: str) -> NotebookNode:
    metadata = {key: cell.metadata[key] for key in cell.metadata if key != "lines_to_next_cell"}
    if unknown := set(metadata) - KEPT_METADATA:
        raise SourceError(
            f"{where} ({cell_id}): unknown metadata {', '.join(sorted(unknown))};"
            f" a header may hold id, {', '.join(sorted(KEPT_METADATA))}."
        )
    source = cell.source
    if cell_id == SETUP_ID:
        if cell.cell_type != "code" or source.strip() != IN_SOURCE:
            raise SourceError(
                f"{where}: the setup cell must hold exactly the two statements"
                " that sources/README.md shows."
            )
        source, metadata = setup_cell_source(), METADATA
    if cell.cell_type == "code":
        made = nbformat.v4.new_code_cell(source, id=cell_id)
    elif cell.cell_type == "markdown":
        made = nbformat.v4.new_markdown_cell(source, id=cell_id)
    else:
        raise SourceError(f"{where} ({cell_id}): only code and markdown cells are used here.")
    made.metadata = nbformat.from_dict(metadata)
    return made


def _begin(cell: NotebookNode) -> str:
    first = cell.source.strip().splitlines()[0] if cell.source.strip() else "empty"
    return first[:40]
