"""The rules for exercises and their solutions: notebook style where it fits, and their own."""

import re

from nbformat import NotebookNode

from tools.notebooks.rules import (
    RULES,
    Problems,
    Rule,
    code_cells,
    code_length,
    markdown_cells,
    no_emoji,
    opening,
    pictures_have_alt_text,
    plain_words,
    prose_length,
)

# An exercise takes as long as its reader needs, and ends with its check.
_NOT_OF_EXERCISES = {"minutes", "quick-check", "recap"}


def difficulty(notebook: NotebookNode) -> Problems:
    """The opening says how hard it is."""
    first = markdown_cells(notebook)[0].source if markdown_cells(notebook) else ""
    if not re.search(r"\*\*Difficulty\*\*: (easy|medium|harder)", first):
        yield "", "the opening does not say **Difficulty**: easy, medium or harder"


def one_finished_picture(notebook: NotebookNode) -> Problems:
    """A picture of the finished thing stands in it, whole."""
    shown = [cell for cell in markdown_cells(notebook) if "](attachment:" in cell.source]
    if len(shown) != 1:
        yield "", f"{len(shown)} cells show a picture of the finished thing; there must be one"
    for cell in shown:
        if not cell.get("attachments"):
            yield cell.id, "it shows an attachment that is not there"


def nothing_has_run(notebook: NotebookNode) -> Problems:
    """What is handed out holds no outputs, which would be another's."""
    for cell in code_cells(notebook):
        if cell.outputs or cell.execution_count is not None:
            yield cell.id, "it has an output or a count, and is to be handed out without"


def no_solution(notebook: NotebookNode) -> Problems:
    """What is handed out holds no marker of a solution."""
    for cell in notebook.cells:
        if re.search(r"(BEGIN|END) SOLUTION", cell.source):
            yield cell.id, "it holds a marker of the solution"


def _named(*rules: Rule) -> dict[str, Rule]:
    return {rule.__name__.replace("_", "-"): rule for rule in rules}


_SHARED = _named(difficulty, one_finished_picture)
SOLUTION_RULES: dict[str, Rule] = {
    **{name: rule for name, rule in RULES.items() if name not in _NOT_OF_EXERCISES},
    **_SHARED,
}
EXERCISE_RULES: dict[str, Rule] = {
    **{name: RULES[name] for name in ("cell-ids", "one-setup-cell", "exemptions-have-reasons")},
    **_named(opening, code_length, prose_length, plain_words, no_emoji, pictures_have_alt_text),
    **_SHARED,
    **_named(nothing_has_run, no_solution),
}
