"""The working loop and its ten mistakes as text: what is shown is what runs."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

_CONTENT = resources.files(__package__).joinpath("bugs.toml")


@dataclass(frozen=True)
class Bug:
    """A classic mistake, as it is planted in the working loop.

    Attributes:
        name: as the menu says it.
        finding: the code of the audit's finding.
        look: the reading of the trace (see ``readings``) that differs from the working loop's.
        edits: pairs of a piece of the loop and what takes its place.
        symptom: what is to be seen; words in braces are measured.
    """

    name: str
    finding: str
    look: str
    edits: tuple[tuple[str, str], ...]
    symptom: str


@dataclass(frozen=True)
class Row:
    """A line of a listing. ``number``: in the text that runs, None for a line that is not in it.

    ``mark``: "" or what the line is compared with the other text: "planted" (only here, and
    wrong), "missing" (only in the working loop) or "mended" (back again).
    """

    text: str
    number: int | None
    mark: str = ""


@cache
def _content() -> dict[str, object]:
    return tomllib.loads(_CONTENT.read_text(encoding="utf-8"))


@cache
def working_loop() -> str:
    """The text of the loop without a mistake."""
    return str(_content()["loop"])


@cache
def load_bugs() -> tuple[Bug, ...]:
    """The ten mistakes, in the order of the menu."""
    entries = _content()["bugs"]
    assert isinstance(entries, list)
    return tuple(
        Bug(
            entry["name"], entry["finding"], entry["look"],
            tuple((edit["old"], edit["new"]) for edit in entry["edits"]), entry["symptom"],
        )
        for entry in entries
    )  # fmt: skip


def bug_names() -> list[str]:
    """The mistakes that :func:`plant_bug` knows."""
    return [bug.name for bug in load_bugs()]


def find_bug(name: str) -> Bug:
    """The mistake called ``name``.

    Raises:
        ValueError: if there is none of that name.
    """
    for bug in load_bugs():
        if bug.name == name:
            return bug
    raise ValueError(f"there is no mistake {name!r}; there are: {', '.join(bug_names())}")


def planted_in(loop: str, bug: Bug) -> str:
    """``loop`` with the mistake in it.

    Raises:
        ValueError: if a piece that is to be edited does not stand in the loop exactly once.
    """
    for old, new in bug.edits:
        if loop.count(old) != 1:
            raise ValueError(f"{old!r} stands {loop.count(old)} times in the loop, not once")
        loop = loop.replace(old, new)
    return loop


def sick_rows(bug: Bug) -> list[Row]:
    """The loop with the mistake; lines that it lacks stand between the others, without a number."""
    sick, working = _texts(bug)
    rows: list[Row] = []
    for same, i, j, k, m in _changes(sick, working):
        if not same:
            rows += [Row(line, None, "missing") for line in working[k:m]]
        rows += [Row(sick[at], at + 1, "" if same else "planted") for at in range(i, j)]
    return rows


def mended_rows(bug: Bug) -> list[Row]:
    """The working loop, with marks on the lines that the repair brought back."""
    sick, working = _texts(bug)
    return [
        Row(working[at], at + 1, "" if same else "mended")
        for same, _, _, k, m in _changes(sick, working)
        for at in range(k, m)
    ]


def _texts(bug: Bug) -> tuple[list[str], list[str]]:
    return planted_in(working_loop(), bug).splitlines(), working_loop().splitlines()


def _changes(sick: list[str], working: list[str]) -> list[tuple[bool, int, int, int, int]]:
    """Stretches of both texts: whether they agree, first and end row in each."""
    found = difflib.SequenceMatcher(None, sick, working, False).get_opcodes()
    return [(kind == "equal", i, j, k, m) for kind, i, j, k, m in found]
