"""How much there is to read in a notebook, and how long that takes."""

import re
from dataclasses import dataclass

from nbformat import NotebookNode

from tools.notebooks.setup_cell import SETUP_ID

WORDS_A_MINUTE = 180  # prose about code, read to be understood
CODE_LINES_A_MINUTE = 12
MINUTES_A_PREDICTION = 0.5
MINUTES_A_WIDGET = 2.0
MINUTES_OF_RUNNING = 1.0  # the limit of a notebook

MATHS = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)
LINK_TARGET = re.compile(r"\]\([^)]*\)")


@dataclass(frozen=True)
class Reading:
    """What a reader of a notebook has before them."""

    words: int
    code_lines: int
    predictions: int
    widgets: int

    @property
    def minutes(self) -> float:
        """Minutes to read, predict, try and run it."""
        return (
            self.words / WORDS_A_MINUTE
            + self.code_lines / CODE_LINES_A_MINUTE
            + self.predictions * MINUTES_A_PREDICTION
            + self.widgets * MINUTES_A_WIDGET
            + MINUTES_OF_RUNNING
        )


def count_words(markdown: str) -> int:
    """Words of prose; a formula counts as one word, the target of a link as none."""
    prose = LINK_TARGET.sub("] ", MATHS.sub(" formula ", markdown))
    return sum(1 for token in prose.split() if any(letter.isalnum() for letter in token))


def count_code_lines(source: str) -> int:
    """Lines that hold something."""
    return sum(1 for line in source.splitlines() if line.strip())


def reading_of(notebook: NotebookNode) -> Reading:
    """Count a notebook's words, lines of code (without the setup), predictions and widgets."""
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    code = [c for c in notebook.cells if c.cell_type == "code" and c.get("id") != SETUP_ID]
    return Reading(
        words=sum(map(count_words, prose)),
        code_lines=sum(count_code_lines(cell.source) for cell in code),
        predictions=sum(text.count("**Predict") for text in prose),
        widgets=sum("interactive" in cell.metadata.get("tags", []) for cell in code),
    )
