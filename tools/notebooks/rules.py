"""The limits of notebook style, each a rule that looks at one notebook and says what is wrong.

A rule yields pairs: the id of the cell ("" for the whole notebook) and one sentence. Its name is
the function's, with hyphens; `RULES` lists them all.
"""

import re
from collections.abc import Callable, Iterator
from statistics import median

from nbformat import NotebookNode

from tools.notebooks.outputs import OUTPUT_RULES
from tools.notebooks.reading import reading_of
from tools.notebooks.setup_cell import SETUP_ID, setup_cell_source
from tools.notebooks.source import CELL_ID

Problems = Iterator[tuple[str, str]]
Rule = Callable[[NotebookNode], Problems]

MAX_CODE_LINES, MAX_MEDIAN_LINES, MAX_WORDS = 25, 6, 120
MAX_SETUP_LINES, MAX_RECAP_LINES = 8, 7
MINUTES_TOLERANCE = 0.4

FILLERS = re.compile(r"\b(simply|obviously|just)\b", re.IGNORECASE)
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u26ff\u2705\u2714\u2716\u2728\u274c\u2757\ufe0f]")
MINUTES = re.compile(r"\*\*(?:About )?(\d+) minutes")
CODE_SPAN = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
PICTURE = re.compile(r"!\[([^\]]*)\]")
HTML_PICTURE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)


def markdown_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that hold prose."""
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that hold code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def cell_ids(notebook: NotebookNode) -> Problems:
    """Every cell has a fixed id of its own."""
    seen = set()
    for number, cell in enumerate(notebook.cells, start=1):
        cell_id = cell.get("id", "")
        if not CELL_ID.fullmatch(cell_id) or re.fullmatch(r"[0-9a-f]{8}", cell_id):
            yield cell_id, f"cell {number} has no id written by hand (found {cell_id!r})"
        if cell_id in seen:
            yield cell_id, "two cells have this id"
        seen.add(cell_id)


def opening(notebook: NotebookNode) -> Problems:
    """Title, promise, minutes, what to know first, objectives: all before the setup."""
    before_setup: list[str] = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            break
        before_setup.append(cell.source)
    text = "\n".join(before_setup)
    if not re.match(r"# \S", text):
        yield "", "the first cell does not begin with a title (# …)"
    if not MINUTES.search(text):
        yield "", "the opening does not say how long it takes (**N minutes**)"
    if not re.search(r"^\*\*Before you start", text, re.MULTILINE):
        yield "", "the opening does not say what to know first (**Before you start**)"
    objectives = re.search(r"^\*\*You will.*?\n((?:\s*\n|[-*] .*\n?|  .*\n?)+)", text, re.MULTILINE)
    if not objectives or len(re.findall(r"^[-*] ", objectives[1], re.MULTILINE)) < 2:
        yield "", "the opening has no list of at least two objectives (**You will**, then - …)"


def minutes(notebook: NotebookNode) -> Problems:
    """The stated minutes are near what the notebook's length gives."""
    stated = next(
        (m for cell in markdown_cells(notebook) if (m := MINUTES.search(cell.source))), None
    )
    if stated is None:
        return  # `opening` says so
    said, estimate = int(stated[1]), reading_of(notebook).minutes
    if abs(said - estimate) > MINUTES_TOLERANCE * estimate:
        yield "", f"the opening says {said} minutes; words, code and widgets give {estimate:.0f}"


def one_setup_cell(notebook: NotebookNode) -> Problems:
    """Exactly one setup cell, before all other code, the same everywhere, at most 8 lines."""
    found = [cell for cell in code_cells(notebook) if "notebook.setup(" in cell.source]
    if len(found) != 1:
        yield "", f"there must be one setup cell; found {len(found)}"
        return
    setup = found[0]
    if setup is not code_cells(notebook)[0] or setup.get("id") != SETUP_ID:
        yield (
            setup.get("id", ""),
            f"the setup must be the first code cell and have the id {SETUP_ID}",
        )
    if setup.source != setup_cell_source():
        yield (
            setup.get("id", ""),
            "the setup cell differs from the one in tools/notebooks/setup_cell.py",
        )
    if (lines := len(setup.source.splitlines())) > MAX_SETUP_LINES:
        yield (
            setup.get("id", ""),
            f"the setup cell has {lines} lines; {MAX_SETUP_LINES} is the limit",
        )


def code_length(notebook: NotebookNode) -> Problems:
    """Code comes in handfuls. Every line counts, empty ones too, and every cell, the setup too."""
    lengths = []
    for cell in code_cells(notebook):
        length = len(cell.source.splitlines())
        if length > MAX_CODE_LINES:
            yield cell.get("id", ""), f"{length} lines of code; {MAX_CODE_LINES} is the limit"
        lengths.append(length)
    if lengths and median(lengths) > MAX_MEDIAN_LINES:
        yield (
            "",
            f"the median code cell has {median(lengths):g} lines; {MAX_MEDIAN_LINES} is the limit",
        )


def prose_length(notebook: NotebookNode) -> Problems:
    """A markdown cell is read in one breath. Whatever stands between spaces counts as a word."""
    for cell in markdown_cells(notebook):
        if (words := len(cell.source.split())) > MAX_WORDS:
            yield cell.get("id", ""), f"{words} words; {MAX_WORDS} is the limit"


def plain_words(notebook: NotebookNode) -> Problems:
    """No word that tells the reader it is easy."""
    for cell in markdown_cells(notebook):
        for word in FILLERS.findall(CODE_SPAN.sub(" ", cell.source)):
            yield (
                cell.get("id", ""),
                f"the word “{word}” tells a reader who is stuck that they should not be",
            )


def no_emoji(notebook: NotebookNode) -> Problems:
    """No emoji, in prose or in code."""
    for cell in notebook.cells:
        if found := EMOJI.search(cell.source):
            yield cell.get("id", ""), f"an emoji (U+{ord(found[0]):04X})"


def pictures_have_alt_text(notebook: NotebookNode) -> Problems:
    """Every picture in a markdown cell says what it shows."""
    for cell in markdown_cells(notebook):
        prose = CODE_SPAN.sub(" ", cell.source)
        bare = [text for text in PICTURE.findall(prose) if not text.strip()]
        bare += [t for t in HTML_PICTURE.findall(prose) if not re.search(r"alt=[\"'][^\"']", t)]
        if bare:
            yield cell.get("id", ""), "a picture without alt text"


def quick_check(notebook: NotebookNode) -> Problems:
    """A quick check stands near the end."""
    if not any(re.match(r"## Quick check", cell.source) for cell in markdown_cells(notebook)):
        yield "", "there is no cell headed “## Quick check”"


def recap(notebook: NotebookNode) -> Problems:
    """A recap of at most 7 lines ends the notebook."""
    found = [cell for cell in markdown_cells(notebook) if re.match(r"## Recap", cell.source)]
    if not found:
        yield "", "there is no cell headed “## Recap”"
        return
    lines = [line for line in found[-1].source.splitlines()[1:] if line.strip()]
    if len(lines) > MAX_RECAP_LINES:
        yield (
            found[-1].get("id", ""),
            f"the recap has {len(lines)} lines; {MAX_RECAP_LINES} is the limit",
        )


def exemptions_have_reasons(notebook: NotebookNode) -> Problems:
    """A cell that nbval does not compare says why."""
    exempting = {"nbval-ignore-output", "nbval-skip", "raises-exception"}
    for cell in notebook.cells:
        tags = exempting & set(cell.metadata.get("tags", []))
        if tags and not str(cell.metadata.get("nbval-reason", "")).strip():
            yield cell.get("id", ""), f"tagged {', '.join(sorted(tags))} without nbval-reason"


RULES: dict[str, Rule] = {
    rule.__name__.replace("_", "-"): rule
    for rule in (
        cell_ids,
        opening,
        minutes,
        one_setup_cell,
        code_length,
        prose_length,
        plain_words,
        no_emoji,
        pictures_have_alt_text,
        quick_check,
        recap,
        exemptions_have_reasons,
        *OUTPUT_RULES,
    )
}
