"""The stepper's state as HTML, as one static picture and as text."""

from __future__ import annotations

import textwrap

from course_lib.widgets.stepper.arithmetic import sheet
from course_lib.widgets.stepper.microscope import EPSILON
from course_lib.widgets.stepper.model import STEPS, Stepper
from course_lib.widgets.stepper.network import foot_note, network
from course_lib.widgets.stepper.panel import panel
from course_lib.widgets.stepper.sentences import CODE, plain, state, what_to_see
from course_lib.widgets.svg import (
    Picture,
    beside,
    line,
    number,
    power_of_ten,
    rect,
    stacked,
    text,
    wrapping,
)

PILL_WIDTH, PILL_HEIGHT, PILL_GAP = 176.0, 26.0, 18.0
GAP = 20.0
SENTENCE_COLUMNS = 102  # letters of 13 px on a line of 760


def html(stepper: Stepper, *, moving: bool = False, room_for: str = "") -> str:
    """The live view: the four steps, the state, the pictures, and what is to be seen.

    ``room_for`` is the longest sentence that may come; it keeps the height steady.
    """
    parts = wrapping([network(stepper, moving=moving), panel(stepper)], gap=GAP)
    return (
        f"{wrapping(_steps(stepper), gap=0)}"
        f'<div class="course-state">{state(stepper)}</div>{parts}'
        '<div class="course-words" style="display:grid">'
        f'<span style="grid-area:1/1;visibility:hidden" aria-hidden="true">{room_for} </span>'
        f'<span style="grid-area:1/1">{what_to_see(stepper)}</span></div>'
    )


def static_picture(stepper: Stepper) -> Picture:
    """The same as one picture, for pages where no kernel runs."""
    heading = Picture(760, 20, text(0, 15, state(stepper), "n b"), "")
    steps = beside(_steps(stepper), gap=0)
    parts = beside([network(stepper), panel(stepper)], gap=GAP)
    sentence = Picture(760, 44, _wrapped(plain(what_to_see(stepper))), "")
    return stacked([heading, steps, parts, sentence], gap=10, description=text_view(stepper))


def text_view(stepper: Stepper) -> str:
    """The same in words and numbers."""
    page = sheet(stepper)
    rows = [f"  {row.words}: {row.value}" for row in (*page.rows, *page.ways)]
    return "\n".join(
        [
            f"Loop stepper · {state(stepper)}",
            f"highlighted weight {stepper.weight.route}, {stepper.weight.code}",
            page.title,
            *rows[: len(page.rows)],
            page.question,
            *rows[len(page.rows) :],
            f"  {page.verdict}".rstrip(),
            *_nudges(stepper),
            foot_note(stepper),
            plain(what_to_see(stepper)),
        ]
    )


def _nudges(stepper: Stepper) -> list[str]:
    """What the finite difference of the backward step is made of."""
    if stepper.step_name != "backward":
        return []
    low, high = (number(loss, 12) for loss in stepper.iteration.slopes[stepper.weight].nudged)
    return [f"  L(w + ε) = {high}, L(w − ε) = {low}, ε = {power_of_ten(EPSILON)}"]


def _steps(stepper: Stepper) -> list[Picture]:
    """The four steps in two halves, so that a narrow page can put one below the other."""
    return [_half(stepper, STEPS[:2]), _half(stepper, STEPS[2:])]


def _half(stepper: Stepper, names: tuple[str, ...]) -> Picture:
    inset = 0.0 if names[0] == STEPS[0] else PILL_GAP / 2
    width = 2 * PILL_WIDTH + 1.5 * PILL_GAP
    first, last = (inset + 20, width) if inset == 0 else (0, width - 20)
    body = line(first, 15, last, 15, "quiet", width=1.5)
    for place, name in enumerate(names):
        x = inset + place * (PILL_WIDTH + PILL_GAP)
        active = name == stepper.step_name
        look = f"f-{name}" if active else f"ground l-{name}"
        body += rect(x + 1, 2, PILL_WIDTH - 2, PILL_HEIGHT, look, radius=13, stroke=1.8)
        label = f"{STEPS.index(name) + 1} {name.capitalize()}"
        middle = x + PILL_WIDTH / 2
        body += text(middle, 19.5, label, "t mid b w" if active else "t mid")
        body += text(middle, 45, CODE[name], "n sm mid" + (" b" if active else " m"))
    lit = stepper.step_name if stepper.step_name in names else "none"
    return Picture(width, 52, body, f"{' and '.join(names)}; lit: {lit}")


def _wrapped(sentence: str) -> str:
    lines = textwrap.wrap(sentence, SENTENCE_COLUMNS)
    return "".join(text(0, 15 + 20 * row, words, "t") for row, words in enumerate(lines))
