"""The explorer's state as HTML for the live view, as one picture, and as text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from course_lib.widgets.batches.grid import WORDS, grid
from course_lib.widgets.batches.model import BatchExplorer
from course_lib.widgets.batches.panel import panel, relations
from course_lib.widgets.batches.sentences import TITLE, longest, plain, state, what_to_see
from course_lib.widgets.batches.timeline import timeline
from course_lib.widgets.svg import Picture, beside, stacked, text, wrapping

WIDTH, GAP = 760, 20.0
SENTENCE_COLUMNS = 102  # letters of 13 px on a line of 760


def html(explorer: BatchExplorer, images: Sequence[bytes]) -> str:
    """The live view: the state, the pictures, and what is to be seen."""
    room = longest(explorer.settings)
    return (
        f'<div class="course-state">{state(explorer)}</div>'
        f"{wrapping(_parts(explorer, images), gap=GAP)}"
        '<div class="course-words" style="display:grid">'
        f'<span style="grid-area:1/1;visibility:hidden" aria-hidden="true">{room} '
        f'</span><span style="grid-area:1/1">{what_to_see(explorer)}</span></div>'
    )


def static_picture(explorer: BatchExplorer, images: Sequence[bytes]) -> Picture:
    """The same as one picture, for pages where no kernel runs."""
    heading = Picture(
        WIDTH, 40, text(0, 15, TITLE, "t lg b") + text(0, 36, state(explorer), "n"), ""
    )
    parts = beside(_parts(explorer, images), gap=GAP)
    lines = textwrap.wrap(plain(what_to_see(explorer)), SENTENCE_COLUMNS)
    words = "".join(text(0, 15 + 20 * row, line, "t") for row, line in enumerate(lines))
    sentence = Picture(WIDTH, 44, words, "")
    return stacked([heading, parts, sentence], gap=10, description=text_view(explorer))


def _parts(explorer: BatchExplorer, images: Sequence[bytes]) -> list[Picture]:
    left = stacked([grid(explorer, images), timeline(explorer)], gap=12)
    return [left, panel(explorer, images, left.height)]


def text_view(explorer: BatchExplorer) -> str:
    """The same in words and numbers."""
    counts = (
        f"{WORDS['current']}: {len(explorer.batch)}, {WORDS['seen']}: {len(explorer.seen)}, "
        f"{WORDS['waiting']}: {explorer.waiting}"
    )
    return "\n".join(
        [
            f"{TITLE} · {state(explorer)}",
            f"  {counts}",
            *(f"  {words}: {value}" for words, value in relations(explorer)),
            f"  samples of this batch: {', '.join(map(str, explorer.batch)) or 'none yet'}",
            plain(what_to_see(explorer)),
        ]
    )
