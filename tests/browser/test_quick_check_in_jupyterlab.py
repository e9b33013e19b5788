"""The quick check as a reader meets it: a wrong choice teaches, nothing is told before."""

from collections.abc import Callable
from typing import Any

import pytest

from course_lib.widgets.quick_check import rendering
from course_lib.widgets.quick_check.model import load_quiz

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_choices_are_answered_with_their_reasons(open_notebook: Callable[..., Any]) -> None:
    page = open_notebook("from course_lib.widgets import quiz\nquiz('four-steps')")
    page.get_by_role("button", name="B: forward, loss, backward, update").wait_for()
    html = page.locator(".course-live").inner_html()
    question = load_quiz("four-steps").questions[0]
    assert not any(rendering.marked_up(choice.reason) in html for choice in question.choices)

    wrong, right = question.choices[0], question.choices[1]
    page.get_by_role("button", name=f"A: {wrong.text}").click()
    page.locator(".course-words", has_text=wrong.reason).wait_for()
    assert "0 of 3 solved" in page.locator(".course-state").inner_text()
    page.get_by_role("button", name=f"B: {right.text}").click()
    page.locator(".course-words", has_text=right.reason).wait_for()
    page.locator(".course-state", has_text="1 of 3 solved · 0 at the first try").wait_for()
