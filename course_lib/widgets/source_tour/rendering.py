"""A tour as HTML, as one static picture with numbered notes, and as text."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterator
from xml.sax.saxutils import escape

from course_lib.widgets.quick_check.rendering import marked_up, plain
from course_lib.widgets.source_tour.colours import css_class, static_css
from course_lib.widgets.source_tour.model import Listing, Note, Row, Tour
from course_lib.widgets.svg import Picture, rect, stacked, text

CAPTION = (
    "Run this notebook to use it: Next note and Previous note walk through the source, the numbers "
    "beside the lines and the list above them go to a note at once."
)
WIDTH = 770.0
CODE_X = 75.0  # where the code begins: after two badges and the line numbers
LETTER = 7.224  # width of a 12 px letter of DejaVu Sans Mono
LINE = 17.0
BADGE_STEP = 20.0  # from one badge to the next on the same line
NOTE_COLUMNS = 108  # letters of 13 px on a line of the picture


def listing_html(listing: Listing, scope: str, rows: int) -> str:
    """One listing: a box of ``rows`` rows, each of class ``rN``, which :func:`lit_css` lights."""
    lines = "".join(_row_html(place, row) for place, row in enumerate(listing.rows))
    room = '<div class="row"></div>' * (rows - len(listing.rows))
    return f'<div class="course-code {scope}"><div class="rows">{lines}{room}</div></div>'


def _row_html(place: int, row: Row) -> str:
    number = "" if row.line is None else str(row.line)
    code = "".join(
        f'<span class="{css}">{html.escape(piece)}</span>' if css else html.escape(piece)
        for piece, css in pieces(row)
    )
    return f'<div class="row r{place}"><span class="no">{number}</span>{code}</div>'


def pieces(row: Row) -> Iterator[tuple[str, str]]:
    """The row's text cut into pieces of one colour: the piece and its class ("": plain)."""
    if row.line is None:
        yield row.text, css_class("comment")
        return
    at = 0
    for word in row.words:
        css = css_class(word.kind)
        if not css:
            continue
        here = row.source_row
        start = word.start[1] if word.start[0] == here else 0
        end = word.end[1] if word.end[0] == here else len(row.text)
        if start > at:
            yield row.text[at:start], ""
        if end > start:
            yield row.text[start:end], css
        at = max(at, end)
    if at < len(row.text):
        yield row.text[at:], ""


def heading(tour: Tour) -> str:
    """Which file and function the listing shows."""
    listing = tour.listing
    several = len(tour.listings) > 1
    place = f" · listing {tour.note.listing + 1} of {len(tour.listings)}" if several else ""
    return f"{listing.source.short_name} · {listing.source.file}{place}"


def state(tour: Tour) -> str:
    """Where the reader is, in one line."""
    return f"note {tour.position + 1} of {len(tour.notes)} · {_lines(tour.note)} · {heading(tour)}"


def _lines(note: Note) -> str:
    first, last = note.lines
    return f"line {first}" if first == last else f"lines {first} to {last}"


def note_html(tour: Tour) -> str:
    """The current note, in a box that is as high as the longest one needs."""
    longest = max(tour.notes, key=lambda note: len(note.title) + len(note.text))
    return (
        f'<div class="course-state">{html.escape(state(tour))}</div>'
        '<div class="course-words" style="display:grid">'
        f'<span style="grid-area:1/1;visibility:hidden" aria-hidden="true">{_words(longest)}</span>'
        f'<span style="grid-area:1/1">{_words(tour.note)}</span></div>'
    )


def _words(note: Note) -> str:
    return f"<b>{marked_up(note.title)}.</b> {marked_up(note.text)}"


def static_picture(tour: Tour) -> Picture:
    """Each listing with numbers beside its lines, followed by the gist of its notes.

    The tour's own function is drawn in full, of what it is composed of the lines with a note: the
    whole of it would make the largest picture of the notebook.
    """
    pictures = []
    for place, listing in enumerate(tour.listings):
        notes = tour.notes_of(place)
        noted = {row for _, note in notes for row in range(note.rows[0], note.rows[1] + 1)}
        whole = listing.source.name == tour.listings[0].source.name
        rows = [row for row in range(len(listing.rows)) if whole or row == 0 or row in noted]
        pictures += [_listing_picture(listing, rows, notes), _notes_picture(notes)]
    drawn = stacked(pictures, gap=14, description=text_view(tour))
    style = f"<style>{static_css()}</style>"
    return Picture(drawn.width, drawn.height, style + drawn.body, drawn.description)


def _listing_picture(listing: Listing, rows: list[int], notes: list[tuple[int, Note]]) -> Picture:
    body = text(0, 14, f"{listing.source.short_name} · {listing.source.file}", "n b")
    heights = {row: 38 + LINE * place for place, row in enumerate(rows)}
    for row, y in heights.items():
        shown = listing.rows[row]
        if shown.line is not None:
            body += text(CODE_X - 10, y, str(shown.line), "n sm m end")
        body += _code(shown, y)
    for place, note in notes:
        left = sum(n.rows[0] == note.rows[0] for p, n in notes if p < place)
        body += _badge(BADGE_STEP * left, heights[note.rows[0]], place)
    return Picture(WIDTH, 32 + LINE * len(rows), body, listing.source.name)


def _code(row: Row, y: float) -> str:
    """A row of code; each piece is placed by its column, so that no blank can be lost."""
    drawn, column = "", 0
    for piece, css in pieces(row):
        blanks = len(piece) - len(piece.lstrip())
        if piece.strip():
            x = CODE_X + LETTER * (column + blanks)
            drawn += (
                f'<text x="{x:.1f}" y="{y:.1f}" class="n sm {css}" xml:space="preserve">'
                f"{escape(piece.strip())}</text>"
            )
        column += len(piece)
    return drawn


def _notes_picture(notes: list[tuple[int, Note]]) -> Picture:
    body, y = "", 16.0
    for place, note in notes:
        body += _badge(0, y, place) + text(28, y, f"{note.title}.", "t b")
        for line in textwrap.wrap(gist(note), NOTE_COLUMNS):
            y += 18
            body += text(28, y, line, "t")
        y += 25
    return Picture(WIDTH, y - 12, body, "")


def _badge(x: float, y: float, place: int) -> str:
    """The number of a note in a box, on the line whose baseline is ``y``."""
    box = rect(x, y - 13, 18, 16, "f-forward", radius=4)
    return box + text(x + 9, y - 1, str(place + 1), "t sm b w mid")


def gist(note: Note) -> str:
    """The note's first sentences, as many as a line and a half hold: the picture stays small."""
    sentences = re.split(r"(?<=[.?]) (?=[A-Z`])", note.text)
    told = plain(sentences[0])
    for sentence in map(plain, sentences[1:]):
        if len(told) + len(sentence) >= 1.5 * NOTE_COLUMNS:
            break
        told += f" {sentence}"
    return told


def text_view(tour: Tour) -> str:
    """The same in words: each listing with numbers before its lines, then its notes."""
    parts = []
    for place, listing in enumerate(tour.listings):
        notes = tour.notes_of(place)
        marks: dict[int, str] = {}
        for number, note in notes:
            row = note.rows[0]
            marks[row] = f"{marks[row]},{number + 1}" if row in marks else str(number + 1)
        parts.append(f"{listing.source.short_name} · {listing.source.file}")
        parts += [
            f"{marks.get(at, ''):>5} {row.line or '':>4}  {row.text}".rstrip()
            for at, row in enumerate(listing.rows)
        ]
        parts += [f"({number + 1}) {note.title}. {plain(note.text)}" for number, note in notes]
        parts.append("")
    return "\n".join(parts).rstrip()
