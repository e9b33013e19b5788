"""A tour without a screen: listings with folds, notes in order, and where the reader stands."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from course_lib.widgets.source_tour.anchors import AnchorError, find
from course_lib.widgets.source_tour.source import Source, Word, read_source

_NOTES = resources.files(__package__).joinpath("notes.toml")


@dataclass(frozen=True)
class Row:
    """One line of a listing.

    ``line`` is its number in the file, None for the words that stand for folded lines;
    ``source_row`` is its row in the source (from 0), in which its ``words`` are placed.
    """

    line: int | None
    text: str
    source_row: int
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Listing:
    """The rows of one function as they are shown, long passages folded."""

    source: Source
    rows: tuple[Row, ...]

    def row_of(self, line: int) -> int:
        """The row (from 0) that shows line ``line`` of the file.

        Raises:
            AnchorError: if that line is folded.
        """
        for row, shown in enumerate(self.rows):
            if shown.line == line:
                return row
        raise AnchorError(f"line {line} of {self.source.file} is folded, so no note can be on it")


@dataclass(frozen=True)
class Note:
    """What is said about a piece of code. ``rows``: first and last row in its listing, from 0."""

    title: str
    text: str
    code: str
    listing: int
    rows: tuple[int, int]
    lines: tuple[int, int]


@dataclass
class Tour:
    """Listings with their notes, and the note that the reader is at (from 0)."""

    name: str
    listings: tuple[Listing, ...]
    notes: tuple[Note, ...]
    position: int = 0

    @property
    def note(self) -> Note:
        """The note that the reader is at."""
        return self.notes[self.position]

    @property
    def listing(self) -> Listing:
        """The listing that this note belongs to."""
        return self.listings[self.note.listing]

    def notes_of(self, listing: int) -> list[tuple[int, Note]]:
        """The notes of one listing with their places in the tour, from 0."""
        return [(place, note) for place, note in enumerate(self.notes) if note.listing == listing]

    def next(self) -> bool:
        """Go to the next note. False at the last."""
        return self._move_to(self.position + 1)

    def back(self) -> bool:
        """Go to the note before. False at the first."""
        return self._move_to(self.position - 1)

    def go_to(self, position: int) -> bool:
        """Go to a note by its place, from 0. False if already there.

        Raises:
            IndexError: for a place that the tour does not have.
        """
        if not 0 <= position < len(self.notes):
            raise IndexError(f"the tour has the notes 0 to {len(self.notes) - 1}, not {position}")
        return self._move_to(position)

    def _move_to(self, position: int) -> bool:
        moved = 0 <= position < len(self.notes) and position != self.position
        if moved:
            self.position = position
        return moved


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(_NOTES.read_text(encoding="utf-8"))


def tour_names() -> list[str]:
    """The names of all tours."""
    return list(_content())


def load_tour(name: str) -> Tour:
    """The tour called ``name``, at its first note.

    Raises:
        ValueError: if there is none of that name.
        AnchorError: if a note's code does not stand in the source exactly once.
    """
    if name not in tour_names():
        raise ValueError(f"there is no tour {name!r}; there are {', '.join(tour_names())}")
    listings, notes = [], []
    for place, entry in enumerate(_content()[name]["listings"]):
        source = read_source(entry["object"])
        listing = Listing(source, tuple(_rows(source, entry.get("folds", []))))
        listings.append(listing)
        notes += [_note(words, source, listing, place) for words in entry["notes"]]
    return Tour(name, tuple(listings), tuple(notes))


def _note(words: dict[str, str], source: Source, listing: Listing, place: int) -> Note:
    first, last = (source.first_line + row for row in find(words["code"], source))
    rows = listing.row_of(first), listing.row_of(last)
    text = " ".join(words["text"].split())
    return Note(words["title"], text, words["code"], place, rows, (first, last))


def _rows(source: Source, folds: list[dict[str, str]]) -> Iterator[Row]:
    """The lines to be shown: a docstring by its first line, a fold by what it says of itself."""
    folded: dict[int, str] = {}  # row: the words in its place
    starts: dict[int, int] = {}  # row: how many are folded from here
    if source.docstring is not None and source.docstring[1] > source.docstring[0]:
        _fold(source.docstring[0] + 1, source.docstring[1], "of docstring", folded, starts)
    for fold in folds:
        first, last = find(fold["from"], source)[0], find(fold["to"], source)[1]
        _fold(first, last, fold["says"], folded, starts)
    for row, text in enumerate(source.lines):
        if row in starts:
            words_before = text if text.strip() else source.lines[row - 1]
            indent = " " * (len(words_before) - len(words_before.lstrip()))
            count = starts[row]
            lines = "line" if count == 1 else "lines"
            yield Row(None, f"{indent}⋯ {count} {lines} {folded[row]}", row)
        elif row not in folded:
            words = tuple(word for word in source.words if word.start[0] <= row <= word.end[0])
            yield Row(source.first_line + row, text, row, words)


def _fold(first: int, last: int, says: str, folded: dict[int, str], starts: dict[int, int]) -> None:
    starts[first] = last - first + 1
    folded.update(dict.fromkeys(range(first, last + 1), says))
