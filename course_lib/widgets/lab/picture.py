"""Draws the lab: the latest run's curves before those of earlier runs. Pure: look → SVG, HTML."""

from __future__ import annotations

import html
import textwrap

from course_lib.widgets import svg
from course_lib.widgets.lab import words
from course_lib.widgets.lab.curves import curves
from course_lib.widgets.lab.model import EARLIER, TASK, Look
from course_lib.widgets.live_training.judging import judge
from course_lib.widgets.live_training.picture import numbers
from course_lib.widgets.live_training.progress import Frame

WIDTH = 740

# Never shown: as many words as the paragraphs may have, so that nothing jumps when they change.
ROOM = [("Experiment", 190), ("Diagnosis", 110), ("Evidence", 180), ("Advice", 180)]


def parts(look: Look) -> list[svg.Picture]:
    """The chart and the numbers of the latest run."""
    return [chart(look), numbers(look.frame or Frame(look.settings.epochs))]


def chart(look: Look) -> svg.Picture:
    """The curves."""
    frame = look.frame or Frame(look.settings.epochs)
    earlier = [(str(run.number), run.frame) for run in look.earlier]
    return curves(words.title(look.frame), frame, earlier)


# ---- words around the curves ----


def page(look: Look) -> str:
    """The live view above the diagnosis."""
    return (
        f'<div class="course-state">{html.escape(words.state_line(look))}<br>'
        f"{html.escape(words.next_line(look))}</div>{svg.wrapping(parts(look), gap=0)}"
    )


def table(look: Look) -> str:
    """All runs on the chart with their settings, as many lines as there may ever be."""
    cells = "".join(f'<th style="{_cell(column)}">{column}</th>' for column in words.COLUMNS)
    rows = [f"<tr>{cells}</tr>"]
    for values in _rows(look):
        bold = "font-weight:600;" if look.run and values[0] == str(look.run.number) else ""
        line = zip(words.COLUMNS, values, strict=True)
        cells = "".join(f'<td style="{bold}{_cell(c)}">{html.escape(v)}</td>' for c, v in line)
        rows.append(f"<tr>{cells}</tr>")
    blank = f'<tr><td style="{_cell("")}">\u00a0</td></tr>'
    rows += [blank] * (EARLIER + 2 - len(rows))
    return (
        '<div class="course-words" style="overflow-x:auto"><table style="border-collapse:collapse;'
        f'font-size:12px;line-height:18px;width:100%">{"".join(rows)}</table></div>'
    )


def _cell(column: str) -> str:
    style = "padding:1px 8px 1px 0;background:transparent;border:0;"
    if column in ("train", "val", "gap"):
        return style + "white-space:nowrap;text-align:right;font-variant-numeric:tabular-nums"
    if column == "settings":
        style += "width:58%;"  # the columns stay where they are when the first run comes
    return style + "text-align:left"


def _rows(look: Look) -> list[tuple[str, ...]]:
    rows = [words.row(run, judge(run.frame, TASK)) for run in look.earlier]
    return [*rows, words.row(look.run, look.found)] if look.run else rows


def diagnosis(look: Look) -> str:
    """The paragraphs under the curves, in a box as high as they may ever become."""
    said = "".join(
        f"<div><b>{html.escape(name)}.</b> {html.escape(sentences)}</div>"
        for name, sentences in words.paragraphs(look)
    )
    room = "".join(f"<div>{'x' * len(name)} {'xxxxx ' * (n // 6)}</div>" for name, n in ROOM)
    return (
        '<div class="course-words" style="display:grid">'
        f'<div style="grid-area:1/1;visibility:hidden" aria-hidden="true">{room}</div>'
        f'<div style="grid-area:1/1">{said}</div></div>'
    )


def whole(look: Look) -> svg.Picture:
    """One picture of everything, for pages where no kernel runs."""
    lines = [(words.state_line(look), "n"), (words.next_line(look), "n")]
    head = svg.Picture(
        WIDTH, 40, "".join(svg.text(0, 14 + 20 * i, *line) for i, line in enumerate(lines)), ""
    )
    foot: list[str] = []
    for name, sentences in words.paragraphs(look):
        foot += textwrap.wrap(f"{name}. {sentences}", 108)
    foot += textwrap.wrap(words.experiment(look), 108)
    drawn = "".join(svg.text(0, 16 + 20 * i, line, "t") for i, line in enumerate(foot))
    below = svg.Picture(WIDTH, 20 * len(foot) + 4, drawn, "")
    runs = _static_table(look)
    return svg.stacked(
        [head, svg.beside(parts(look), gap=0), runs, below], description=as_text(look)
    )


def _static_table(look: Look) -> svg.Picture:
    places = ((0, ""), (30, ""), (480, " end"), (540, " end"), (600, " end"), (616, ""))
    body = ""
    rows = [words.COLUMNS, *_rows(look)]
    for line, values in enumerate(rows):
        for (x, anchor), value in zip(places, values, strict=True):
            kind = "n" if anchor and line else "t"
            body += svg.text(
                x, 14 + 18 * line, value, f"{kind} sm{' m' if not line else ''}{anchor}"
            )
    return svg.Picture(WIDTH, 18 * len(rows) + 4, body, "")


def as_text(look: Look) -> str:
    """The lab in plain text: for a screen reader, a terminal, a log."""
    rows = [words.TITLE, words.state_line(look), words.next_line(look), words.title(look.frame)]
    rows += [" | ".join(values).rstrip(" |") for values in (words.COLUMNS, *_rows(look))]
    rows += [f"{name}. {sentences}" for name, sentences in words.paragraphs(look)]
    return "\n".join([*rows, words.experiment(look)])
