"""The source of a function or class, read from the library itself, word by word.

Nothing here is a copy: :mod:`inspect` reads the file that Python runs. So a listing cannot be out
of date, and its line numbers are those of the file.
"""

from __future__ import annotations

import inspect
import io
import keyword
import textwrap
import tokenize
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import course_lib

ROOT = Path(course_lib.__file__).parent.parent
# Python 3.12 and later read an f-string as several of these instead of one STRING.
_PARTS_OF_STRINGS = {"FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END"}
_CONSTANTS = {"None", "True", "False"}


@dataclass(frozen=True)
class Word:
    """One token of the source and where it stands; rows count from 0, columns from 0.

    ``kind`` is keyword, string, number, comment, name-defined, or "" for everything else.
    """

    text: str
    kind: str
    start: tuple[int, int]
    end: tuple[int, int]


@dataclass(frozen=True)
class Source:
    """The lines of one function, method or class, with their indentation taken back.

    Attributes:
        name: dotted, as ``course_lib.loop.validate``.
        file: from the project's folder, as ``course_lib/loop.py``.
        first_line: number of the first line in that file.
        lines: without their line ends.
        words: all tokens, in order.
        docstring: rows of the docstring, from 0, if there is one: first and last.
    """

    name: str
    file: str
    first_line: int
    lines: tuple[str, ...]
    words: tuple[Word, ...]
    docstring: tuple[int, int] | None

    @property
    def short_name(self) -> str:
        """``validate``, or ``Run.is_best`` for a method."""
        *modules, last = self.name.split(".")
        return ".".join([*(part for part in modules if part[:1].isupper()), last])


def read_source(name: str) -> Source:
    """The source of ``name``, a dotted name such as ``course_lib.loop.train_one_epoch``.

    Raises:
        ValueError: if there is no such thing in the library.
    """
    thing = inspect.unwrap(_find(name))  # below a decorator, the function as it was written
    raw, first_line = inspect.getsourcelines(thing)
    text = textwrap.dedent("".join(raw))
    file = Path(inspect.getsourcefile(thing) or "").resolve().relative_to(ROOT.resolve())
    words = tuple(words_of(text))
    lines = tuple(text.rstrip("\n").split("\n"))
    return Source(name, file.as_posix(), first_line, lines, words, _docstring(words))


def _find(name: str) -> Any:
    parts = name.split(".")
    for split in range(len(parts) - 1, 0, -1):
        try:
            thing = import_module(".".join(parts[:split]))
        except ModuleNotFoundError:
            continue
        for part in parts[split:]:
            thing = getattr(thing, part, None)  # type: ignore[assignment]
        if thing is not None:
            return thing
    raise ValueError(f"the library has no {name}")


def words_of(text: str) -> list[Word]:
    """The tokens of a piece of Python, in order."""
    found: list[Word] = []
    after_def = False
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if not token.string.strip():
            continue  # ends of lines, indentation
        (row, column), (end_row, end_column) = token.start, token.end
        kind = "name-defined" if after_def else _kind(token)
        found.append(Word(token.string, kind, (row - 1, column), (end_row - 1, end_column)))
        after_def = token.string in ("def", "class")
    return found


def _kind(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.COMMENT:
        return "comment"
    if token.type == tokenize.NUMBER or token.string in _CONSTANTS:
        return "number"
    if token.type == tokenize.STRING or tokenize.tok_name[token.type] in _PARTS_OF_STRINGS:
        return "string"
    return "keyword" if keyword.iskeyword(token.string) else ""


def _docstring(words: tuple[Word, ...]) -> tuple[int, int] | None:
    for before, word in pairwise(words):
        if before.text == ":" and word.kind == "string" and word.start[0] > before.start[0]:
            return word.start[0], word.end[0]
    return None
