"""Whether a notebook is what its source says: cells' text, kind, id and metadata, not outputs."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.notebooks.exercise import EXERCISES, SOLUTIONS, exercise_of, put_picture, solution_of
from tools.notebooks.source import NOTEBOOKS, notebook_of, read_source


def disagreements(source: Path, folder: Path = NOTEBOOKS) -> Iterator[tuple[str, str]]:
    """Pairs of cell id and what is different, for a source and the notebook built from it."""
    yield from differences(read_source(source), notebook_of(source, folder))


def exercise_disagreements(
    source: Path, exercises: Path = EXERCISES, solutions: Path = SOLUTIONS
) -> Iterator[tuple[str, str]]:
    """The same for an exercise's source and the two notebooks built from it."""
    solution = notebook_of(source, solutions)
    if not solution.exists():
        yield "", "its solution has not been built: run make notebooks"
        return
    solved = nbformat.read(solution, as_version=nbformat.NO_CONVERT)
    wanted = solution_of(source)
    put_picture(wanted, solved)
    for cell_id, sentence in differences(wanted, solution):
        yield f"solution, {cell_id}", sentence
    for cell_id, sentence in differences(
        exercise_of(source, solved), notebook_of(source, exercises)
    ):
        yield f"exercise, {cell_id}", sentence


def differences(wanted: NotebookNode, target: Path) -> Iterator[tuple[str, str]]:
    """Pairs of cell id and what is different between a notebook and the file that should hold it.

    Outputs are not compared.
    """
    if not target.exists():
        yield "", "it has not been built: run make notebooks"
        return
    found = nbformat.read(target, as_version=nbformat.NO_CONVERT)
    if (found.nbformat, found.nbformat_minor) != (4, 5) or found.metadata != wanted.metadata:
        yield "", "its format or metadata are not what the build writes: run make notebooks"
    for want, have in zip_longest(wanted.cells, found.cells):
        if have is None:
            yield want.id, "this cell of the source is not in the notebook: run make notebooks"
        elif want is None:
            yield have.get("id", ""), "this cell of the notebook is not in its source"
        elif want.id != have.get("id"):
            yield (
                want.id,
                f"the notebook has cell {have.get('id')!r} in its place: run make notebooks",
            )
            return  # what follows is shifted too, and would only repeat this
        elif (want.cell_type, want.source) != (have.cell_type, have.source):
            yield want.id, "the text differs between source and notebook: run make notebooks"
        elif want.get("attachments") != have.get("attachments"):
            yield want.id, "its picture is not the one that the solution made: run make notebooks"
        elif want.metadata != have.metadata:
            yield (
                want.id,
                "the tags or metadata differ between source and notebook: run make notebooks",
            )


def orphans(sources: list[Path], notebooks: list[Path]) -> list[Path]:
    """Notebooks that no source describes."""
    built = {notebook_of(source).name for source in sources}
    return [notebook for notebook in notebooks if notebook.name not in built]
