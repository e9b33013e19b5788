"""The numbers in a notebook's prose, and the numbers that its cells produce or assert.

Prose is markdown without code, formulas, links' targets and references such as "notebook 03".
A number of the prose is *produced* by a cell if it stands in a compared output (rounded to the
prose's decimals, a share also as a percentage) or as a literal in code: a setting or an assertion.
Outputs that nbval does not compare may change unseen, so they prove nothing. The cell must be near:
in a whole notebook almost any number stands somewhere by chance.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from nbformat import NotebookNode

NOT_PROSE = re.compile(
    r"```.*?```|`[^`]*`"  # code
    r"|\$\$.*?\$\$|\$[^$\n]+\$"  # formulas
    r"|\]\([^)]*\)|<[^>]+>"  # targets of links, HTML
    r"|^\s*\d+\. "  # the numbering of a list
    r"|\b(?:[Nn]otebooks?|[Ee]xercises?)\s\d\d(?:(?:,| and| to| or)\s\d\d)*"  # references
    r"|\*\*Correction \d+\.\*\*"
    r"|\*\*Predict\*\*.*?(?:\n\s*\n|\Z)"  # a question: its answers are guesses
    r"|\*\*(?:About )?\d+ minutes\*\*",  # a rule of its own holds it
    re.DOTALL | re.MULTILINE,
)
DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?"
IN_PROSE = re.compile(rf"(?<![\w.])[−-]?{DIGITS}(?:\s?%)?(?![\w]*[a-zA-Z_]\d)")
IN_OUTPUT = re.compile(rf"(?<![A-Za-z_\d.])[−-]?{DIGITS}(?:\s?%)?|(?<=[a-z]){DIGITS}")
MAGIC = re.compile(r"\s*[%!]|if .google.colab")
NEAR = 8  # code cells above a text that may produce its numbers; the next one below may, too
EXEMPT = {"nbval-ignore-output", "nbval-skip", "raises-exception"}


@dataclass(frozen=True)
class Number:
    """A number as it is written: ``text`` "12.5 %", ``value`` 12.5, ``decimals`` 1."""

    text: str
    value: float
    decimals: int
    percent: bool

    @classmethod
    def read(cls, text: str) -> "Number":
        plain = text.replace("−", "-").replace(",", "")
        percent = plain.endswith("%")
        digits = Decimal(plain.rstrip("% "))
        exponent = digits.as_tuple().exponent
        assert isinstance(exponent, int)
        return cls(text, float(digits), max(0, -exponent), percent)

    def is_rounded(self, exact: "Number") -> bool:
        """Whether this is what ``exact`` becomes when it is rounded as a reader would."""
        factors = (1,) if self.percent == exact.percent else (100, 1) if self.percent else (0.01,)
        exactly = self.decimals == 0 and not self.percent and abs(self.value) < 10  # "3 layers"
        half_unit = (0 if exactly else 0.5 * 10**-self.decimals) + 1e-9
        return any(
            abs(abs(exact.value) * factor - abs(self.value)) <= half_unit for factor in factors
        )


@dataclass(frozen=True)
class Claim:
    """A number in the prose of a cell."""

    cell: str
    number: Number


def claims(notebook: NotebookNode) -> Iterator[tuple[int, Claim]]:
    """Every number in prose, with the place of its cell."""
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            prose = NOT_PROSE.sub(" ", cell.source)
            for found in dict.fromkeys(IN_PROSE.findall(prose)):
                yield place, Claim(cell.id, Number.read(found))


def produced(cell: NotebookNode) -> Iterator[Number]:
    """Every number that a code cell shows where it is compared, or has in its code."""
    code = "\n".join(line for line in cell.source.splitlines() if not MAGIC.match(line))
    for node in ast.walk(ast.parse(code or "pass")):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            yield Number.read(repr(node.value))
    if not EXEMPT & set(cell.metadata.get("tags", [])):
        for output in cell.get("outputs", []):
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            yield from map(Number.read, IN_OUTPUT.findall(text))


def unproduced(notebook: NotebookNode) -> list[Claim]:
    """The numbers in prose that no cell near them produces."""
    code = [place for place, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    shown = {place: list(produced(notebook.cells[place])) for place in code}
    missing = []
    for place, claim in claims(notebook):
        end = next((below for below in code if below > place), place)
        start = [0, *[above for above in code if above < place]][-NEAR:][0]
        if not any(
            claim.number.is_rounded(number)
            for above, numbers in shown.items()
            if start <= above <= end
            for number in numbers
        ):
            missing.append(claim)
    return missing
