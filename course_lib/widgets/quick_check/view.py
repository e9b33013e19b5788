"""A quiz on screen: one button a choice, its reason below."""

from __future__ import annotations

import threading
from typing import Any

from course_lib.widgets.in_turn import in_turn
from course_lib.widgets.quick_check import rendering
from course_lib.widgets.quick_check.model import LETTERS, Quiz, load_quiz
from course_lib.widgets.shown import Shown


def quiz(name: str) -> Shown:
    """The quick check called ``name``: press a choice and read its reason; try the others too.

    Raises:
        ValueError: if there is no quiz of that name.
    """
    asked = load_quiz(name)
    view = QuizView(asked)
    blank = load_quiz(name)  # the picture shows the questions as they stand before any answer
    first = rendering.plain(asked.questions[0].text)
    return Shown(
        [*view.parts, view.score, *view.closing],
        picture=lambda: rendering.static_picture(blank),
        text=lambda: rendering.text_view(blank),
        alt=f"Quick check, {len(asked.questions)} questions with choices. The first: {first}",
        caption=rendering.CAPTION,
        title="Quick check",
    )


class QuizView:
    """Buttons and reasons, bound to a :class:`Quiz`."""

    def __init__(self, quiz: Quiz) -> None:
        import ipywidgets

        self.quiz = quiz
        self._lock = threading.RLock()  # two buttons may call at once
        self.reasons = [ipywidgets.HTML() for _ in quiz.questions]
        self.buttons = [
            [self._button(index, choice) for choice in range(len(question.choices))]
            for index, question in enumerate(quiz.questions)
        ]
        self.score = ipywidgets.HTML()
        self.closing = [ipywidgets.HTML()] if rendering.closing(quiz) else []
        self.parts: list[Any] = []
        for index in range(len(quiz.questions)):
            heading = ipywidgets.HTML(rendering.heading(quiz, index))
            self.parts += [heading, ipywidgets.VBox(self.buttons[index]), self.reasons[index]]
            self._draw(index)

    def _button(self, index: int, choice: int) -> Any:
        import ipywidgets

        words = rendering.plain(self.quiz.questions[index].choices[choice].text)
        button = ipywidgets.Button(description=f"{LETTERS[choice]}: {words}", tooltip=words)
        button.add_class("course-choice")
        button.layout.width = "auto"
        button.layout.height = "auto"
        button.on_click(in_turn(self._lock, lambda _: self._on_choice(index, choice)))
        return button

    def _on_choice(self, index: int, choice: int) -> None:
        self.quiz.answer(index, choice)
        self._draw(index)

    def _draw(self, index: int) -> None:
        question, tried = self.quiz.questions[index], self.quiz.answers[index]
        for place, button in enumerate(self.buttons[index]):
            # the verdict stands in words below; here only which choice it speaks about
            chosen = bool(tried) and tried[-1] == place
            (button.add_class if chosen else button.remove_class)("course-chosen")
        self.reasons[index].value = rendering.feedback(question, self.quiz.current(index))
        for closing in self.closing:
            closing.value = rendering.closing(self.quiz)
        # last: what it says is then true of all the rest
        self.score.value = f'<div class="course-state">{rendering.score(self.quiz)}</div>'
