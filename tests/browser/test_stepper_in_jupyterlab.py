"""The loop stepper as a reader meets it: opened in JupyterLab and clicked."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from course_lib.widgets.stepper import record_steps
from course_lib.widgets.svg import number

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELL = "from course_lib.widgets import loop_stepper\nloop_stepper(iterations=3)"


@pytest.fixture(scope="module")
def stepper(open_notebook: Callable[..., Any]) -> Any:
    page = open_notebook(CELL)
    page.get_by_role("button", name="Step", exact=True).wait_for()
    return page


@pytest.fixture
def page(stepper: Any) -> Any:
    """The one page, back at its start: opening a notebook takes longer than all clicks."""
    press(stepper, "Reset")
    wait_for_state(stepper, "before the first step")
    return stepper


def press(page: Any, *names: str) -> None:
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()


def state(page: Any) -> str:
    return page.locator(".course-state").inner_text()


def wait_for_state(page: Any, words: str) -> None:
    page.locator(".course-state", has_text=words).wait_for()


def words_drawn(page: Any) -> list[str]:
    return page.locator(".course-live svg text").all_text_contents()


def test_step_and_back_show_the_records_numbers(page: Any) -> None:
    oracle = record_steps(iterations=3).iterations[0]
    press(page, "Step")
    wait_for_state(page, "iteration 1 of 3 · step 1 of 4: forward")
    drawn = words_drawn(page)
    assert all(number(value) in drawn for value in (*oracle.hidden, *oracle.logits))

    press(page, "Step")
    wait_for_state(page, "step 2 of 4: loss")
    assert number(oracle.loss, 3) in words_drawn(page)

    press(page, "Step")
    wait_for_state(page, "step 3 of 4: backward")
    largest = max((g for layer in oracle.gradients for row in layer for g in row), key=abs)
    assert words_drawn(page).count(number(largest, 6)) == 3, "by hand, autograd, finite difference"

    press(page, "Step", "Step")
    wait_for_state(page, "iteration 2 of 3 · step 1 of 4: forward")
    press(page, "Back", "Back")
    wait_for_state(page, "iteration 1 of 3 · step 3 of 4: backward")
    assert words_drawn(page).count(number(largest, 6)) == 3

    press(page, "Reset")
    wait_for_state(page, "before the first step")


def test_play_runs_by_itself_and_pause_holds_it(page: Any) -> None:
    press(page, "Play")
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    wait_for_state(page, "step 2 of 4: loss")  # nobody pressed Step
    press(page, "Pause")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    held = state(page)
    page.wait_for_timeout(2500)  # more than two beats of Play
    assert state(page) == held


def test_the_keyboard_is_enough(page: Any) -> None:
    page.get_by_role("button", name="Step", exact=True).focus()
    page.keyboard.press("Enter")
    wait_for_state(page, "step 1 of 4")
    page.keyboard.press("Space")  # focus is kept: the buttons are not redrawn
    wait_for_state(page, "step 2 of 4")


def test_the_weight_can_be_chosen(page: Any) -> None:
    chosen = page.locator(".course-live select")
    before = chosen.evaluate("list => list.selectedIndex")
    press(page, "+")
    page.wait_for_function(
        "([list, before]) => list.selectedIndex === (before + 1) % 28",
        arg=[chosen.element_handle(), before],
    )
    route = chosen.evaluate("list => list.selectedOptions[0].text").replace("\xa0", " ")
    page.locator(".course-live svg text", has_text=re.compile(f"^{route}$")).first.wait_for()
    chosen.select_option("x₀ → h₀")
    page.locator(".course-live svg text", has_text=re.compile("^x₀ → h₀$")).wait_for()


def test_nothing_jumps_and_everything_has_a_name(page: Any) -> None:
    heights = set()
    for step in range(13):
        wait_for_state(page, "before" if step == 0 else f"step {(step - 1) % 4 + 1} of 4")
        heights.add(page.locator(".course-live").first.bounding_box()["height"])
        press(page, "Step")
    assert len(heights) == 1
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('.course-live button, .course-live select')]
            .filter(e => !(e.innerText.trim() || e.title || e.ariaLabel || e.labels?.length))
            .map(e => e.outerHTML)"""
    )
    assert unnamed == []


def test_words_turn_light_on_a_dark_page_and_fit_a_narrow_one(page: Any) -> None:
    def colour() -> str:
        words = page.locator(".course-live svg text", has_text="output ŷ")
        return words.evaluate("e => getComputedStyle(e).fill")

    press(page, "Step")
    wait_for_state(page, "step 1 of 4")
    assert max(map(int, re.findall(r"\d+", colour())[:3])) < 80
    page.evaluate(
        """() => window.jupyterapp.commands.execute('apputils:change-theme',
                                                   {theme: 'JupyterLab Dark'})"""
    )
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    page.wait_for_timeout(500)
    assert min(map(int, re.findall(r"\d+", colour())[:3])) > 175

    for width in (760, 360):
        page.evaluate(
            "width => document.querySelector('.course-live').style.width = width + 'px'", width
        )
        edges = page.evaluate(
            """() => { const host = document.querySelector('.course-live').getBoundingClientRect();
                 return [...document.querySelectorAll('.course-live svg, .course-live button')]
                   .map(e => e.getBoundingClientRect().right - host.right); }"""
        )
        assert max(edges) <= 1, f"something sticks out at {width} pixels"
