"""A quiz as HTML, as a static picture that keeps the answers back, and as text."""

from __future__ import annotations

import html
import re
import textwrap

from course_lib.widgets.quick_check.model import LETTERS, Choice, Question, Quiz
from course_lib.widgets.svg import Picture, stacked, text

WIDTH = 760
CAPTION = "Run this notebook to answer: every choice, right or wrong, comes with its reason."


def plain(words: str) -> str:
    """``words`` without the backticks of code."""
    return words.replace("`", "")


def marked_up(words: str) -> str:
    """``words`` as HTML, code in a code face."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(words))


def heading(quiz: Quiz, index: int) -> str:
    """One question's words, with its number where there are several."""
    several = f"{index + 1}. " if len(quiz.questions) > 1 else ""
    words = marked_up(quiz.questions[index].text)
    return f'<div class="course-words" style="font-weight:600">{several}{words}</div>'


def feedback(question: Question, chosen: Choice | None) -> str:
    """What follows from the choice, in a box as high as the longest reason needs.

    Before an answer the box holds nothing that could give it away: the room is kept by
    meaningless letters of the same length.
    """
    room = max((_room_for(_verdict(question, c)) for c in question.choices), key=len)
    shown = "" if chosen is None else _verdict(question, chosen)
    role = "update" if chosen is not None and chosen.right else "loss"
    edge = "transparent" if chosen is None else f"var(--course-{role})"
    return (
        f'<div class="course-words" style="display:grid;border-left:3px solid {edge};'
        'padding-left:10px;margin:2px 0 8px">'
        f'<span style="grid-area:1/1;visibility:hidden" aria-hidden="true">{room}</span>'
        f'<span style="grid-area:1/1">{shown}</span></div>'
    )


def _verdict(question: Question, choice: Choice) -> str:
    if choice.right:
        return f"✓ <b>Right.</b> {marked_up(choice.reason)}"
    read = f" Read again: {marked_up(question.read)}" if question.read else ""
    return f"✗ <b>Not this one.</b> {marked_up(choice.reason)}{read}"


def _room_for(words: str) -> str:
    """Meaningless letters that take as much room as these words of HTML."""
    return re.sub(r"\S", "x", html.unescape(re.sub(r"<[^>]+>", "", words)))


def score(quiz: Quiz) -> str:
    """How it stands, in one line."""
    total = len(quiz.questions)
    return f"{quiz.solved} of {total} solved · {quiz.right_at_once} at the first try"


def closing(quiz: Quiz) -> str:
    """What to read again, in a box with room for all of it; nothing where no question says it."""
    everything = _list_of(list(dict.fromkeys(q.read for q in quiz.questions if q.read)))
    if not everything:
        return ""
    missed = quiz.read_again
    if missed:
        shown = _list_of(missed)
    else:
        done = quiz.right_at_once == len(quiz.questions)
        shown = "Nothing to read again: all solved at the first try." if done else ""
    return (
        '<div class="course-words" style="display:grid">'
        f'<span style="grid-area:1/1;visibility:hidden" aria-hidden="true">'
        f"{_room_for(everything)}</span>"
        f'<span style="grid-area:1/1">{shown}</span></div>'
    )


def _list_of(places: list[str]) -> str:
    return f"<b>Read again:</b> {marked_up('; '.join(places))}" if places else ""


def static_picture(quiz: Quiz) -> Picture:
    """Questions and choices as a picture; nothing shows which choice is right."""
    pictures = []
    for number, question in enumerate(quiz.questions, 1):
        lines = [(0, words, "t lg b") for words in textwrap.wrap(
            f"{number}. {plain(question.text)}", 88)]  # fmt: skip
        for letter, choice in zip(LETTERS, question.choices, strict=False):
            for row, words in enumerate(textwrap.wrap(plain(choice.text), 96)):
                lines.append((42, words, "t"))
                if row == 0:
                    lines[-1] = (18, f"{letter}: {words}", "t")
        body = "".join(
            text(x, 18 + 22 * row, words, classes) for row, (x, words, classes) in enumerate(lines)
        )
        pictures.append(Picture(WIDTH, 22 * len(lines) + 6, body, plain(question.text)))
    return stacked(pictures, gap=14)


def text_view(quiz: Quiz) -> str:
    """Questions and choices as text, without the answers."""
    lines = []
    for number, question in enumerate(quiz.questions, 1):
        lines.append(f"{number}. {plain(question.text)}")
        lines += [
            f"   {letter}: {plain(choice.text)}"
            for letter, choice in zip(LETTERS, question.choices, strict=False)
        ]
    return "\n".join(lines)
