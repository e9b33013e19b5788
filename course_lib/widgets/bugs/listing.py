"""The loop's text on screen: its rows with marks, folded where nothing is to be seen."""

from __future__ import annotations

import html
from collections.abc import Sequence

from course_lib.widgets import svg
from course_lib.widgets.bugs.planting import Row
from course_lib.widgets.source_tour.model import Row as SourceRow
from course_lib.widgets.source_tour.rendering import pieces
from course_lib.widgets.source_tour.source import words_of

SIGNS = {"planted": "✗", "missing": "−", "mended": "✓", "": ""}
ROLES = {"planted": "loss", "missing": "loss", "mended": "update", "": ""}
NEAR = 2  # rows around a mark that stay open
FOLDS = 4  # most folds of one listing
WIDTH, LINE, LETTER, CODE_X = 500.0, 17.0, 6.62, 50.0  # of the picture; its code is of 11 px
CSS = (
    ".course-code .sign{display:inline-block;width:16px;font-weight:700;text-align:center}"
    ".course-code .planted,.course-code .missing{background:rgba(213,94,0,.13);"
    "border-left-color:#D55E00}"
    ".course-code .missing .gone{text-decoration:line-through;opacity:.8}"
    ".course-code .mended{background:rgba(0,158,115,.15);border-left-color:#009E73}"
    ".course-code .said{margin-left:14px;font-weight:600;color:var(--course-backward)}"
)


def folded(rows: Sequence[Row], lines: Sequence[int]) -> list[Row]:
    """The rows to be shown: the loop over epochs, and what is near a mark or a finding's line.

    The others become one row for each stretch, which has no number and says how many they are.
    """
    marked = [i for i, row in enumerate(rows) if row.mark or row.number in lines]
    start = next(i for i, row in enumerate(rows) if row.text.startswith("for epoch"))
    is_open = [i >= start or any(abs(i - at) <= NEAR for at in marked) for i in range(len(rows))]
    found: list[Row] = []
    hidden = 0
    for row, shown in zip(rows, is_open, strict=True):
        if shown and hidden:
            found.append(_fold(hidden))
            hidden = 0
        if shown:
            found.append(row)
        else:
            hidden += 1
    return found


def _fold(count: int) -> Row:
    return Row(f"⋯ {count} line{'s' * (count > 1)}", None)


def coloured(rows: Sequence[Row], text: str) -> list[list[tuple[str, str]]]:
    """Each row as pieces of one colour: ``(piece, CSS class)``."""
    words = words_of(text)
    found = []
    for row in rows:
        if row.number is None:
            found.append([(row.text, "" if row.mark else "cc")])
            continue
        at = row.number - 1
        mine = tuple(word for word in words if word.start[0] <= at <= word.end[0])
        found.append(list(pieces(SourceRow(row.number, row.text, at, mine))))
    return found


def listing_html(rows: Sequence[Row], text: str, lines: Sequence[int], room: int) -> str:
    """A box of at least ``room`` rows; ``lines`` are those that the audit's findings speak of."""
    body = ""
    for row, cut in zip(rows, coloured(rows, text), strict=True):
        code = "".join(f'<span class="{css}">{html.escape(piece)}</span>' for piece, css in cut)
        if row.mark == "missing":
            words = row.text.lstrip()
            indent = " " * (len(row.text) - len(words))
            code = f'{indent}<span class="gone">{html.escape(words)}</span>'
        said = '<span class="said">◂ audit</span>' if row.number in lines else ""
        body += (
            f'<div class="row {row.mark}"><span class="sign">{SIGNS[row.mark]}</span>'
            f'<span class="no">{row.number or ""}</span>{code}{said}</div>'
        )
    body += '<div class="row"></div>' * (room - len(rows))
    return f'<div class="course-code"><div class="rows">{body}</div></div>'


def listing_picture(rows: Sequence[Row], text: str, lines: Sequence[int]) -> svg.Picture:
    """The same for where no kernel runs."""
    body = ""
    for place, (row, cut) in enumerate(zip(rows, coloured(rows, text), strict=True)):
        y = 13 + LINE * place
        if row.mark:
            role = ROLES[row.mark]
            body += svg.rect(0, y - 13, WIDTH, LINE, f"a-{role}", opacity=0.16)
            body += svg.text(4, y, SIGNS[row.mark], f"t b x-{role}")
        if row.number is not None:
            body += svg.text(CODE_X - 10, y, str(row.number), "n sm m end")
        column = 0
        for piece, css in cut:
            blanks = len(piece) - len(piece.lstrip())
            if piece.strip():
                x = CODE_X + LETTER * (column + blanks)
                body += svg.text(x, y, piece.strip(), f"n c11 {css}")
            column += len(piece)
        if row.mark == "missing":
            left = CODE_X + LETTER * (len(row.text) - len(row.text.lstrip()))
            body += svg.line(left, y - 4, CODE_X + LETTER * len(row.text), y - 4, "l-loss")
        if row.number in lines:
            body += svg.text(WIDTH - 4, y, "◂ audit", "t sm b x-backward end")
    return svg.Picture(WIDTH, LINE * len(rows) + 4, body, as_text(rows, lines))


def as_text(rows: Sequence[Row], lines: Sequence[int]) -> str:
    """The listing in letters: sign, number, code."""
    return "\n".join(
        f"{SIGNS[row.mark] or ' '} {row.number or '':>3}  {row.text}"
        f"{'    ◂ audit' if row.number in lines else ''}".rstrip()
        for row in rows
    )
