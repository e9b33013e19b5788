"""The batch explorer as a reader meets it: opened in JupyterLab and clicked."""

import re
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from course_lib.widgets import record_batches

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELL = "from course_lib.widgets import batch_explorer\nbatch_explorer()"

# Redraws in three seconds, and whether any frame found the picture gone or of another height.
WATCH_PLAY = """() => new Promise(resolve => {
    const host = document.querySelector('.course-live');
    const seen = new Set(), heights = new Set(); let empty = 0;
    const start = performance.now();
    const look = () => {
        const state = host.querySelector('.course-state');
        if (!state || !host.querySelector('svg')) empty++;
        else { seen.add(state.innerText); heights.add(Math.round(host.offsetHeight)); }
        if (performance.now() - start < 3000) requestAnimationFrame(look);
        else resolve({redraws: seen.size, empty, heights: heights.size});
    };
    requestAnimationFrame(look);
})"""


@pytest.fixture(scope="module")
def explorer(open_notebook: Callable[..., Any]) -> Any:
    page = open_notebook(CELL)
    page.get_by_role("button", name="Step", exact=True).wait_for()
    return page


@pytest.fixture
def page(explorer: Any) -> Any:
    """The one page, back at its start: opening a notebook takes longer than all clicks."""
    for name, wanted in (("N", "20"), ("B", "4")):
        assert number_of(explorer, name) == wanted, "each test puts back what it changes"
    press(explorer, "Reset")
    wait_for_state(explorer, "iteration 0 of 25")
    return explorer


def button(page: Any, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def press(page: Any, *names: str) -> None:
    for name in names:
        button(page, name).click()


def number_of(page: Any, letter: str) -> str:
    slider = page.locator(".course-live .widget-slider").nth("NB".index(letter))
    return slider.locator(".widget-readout").inner_text()


def wait_for_state(page: Any, words: str) -> None:
    page.locator(".course-state", has_text=words).wait_for()


def words_drawn(page: Any) -> list[str]:
    return page.locator(".course-live svg text").all_text_contents()


def test_step_and_back_show_the_records_batches(page: Any) -> None:
    oracle = record_batches().batches
    for iteration in (1, 2, 3):
        press(page, "Step")
        wait_for_state(page, f"batch {iteration} of 5 · iteration {iteration} of 25")
        words = words_drawn(page)
        start = words.index("this batch, in the loader’s order") + 1
        assert [int(w) for w in words[start:]] == list(oracle[iteration - 1])
    press(page, "Back")
    wait_for_state(page, "iteration 2 of 25 · 40 % of this epoch")
    press(page, "Finish epoch")
    wait_for_state(page, "epoch 1 of 5 · batch 5 of 5 · iteration 5 of 25")
    assert "used exactly once" in page.locator(".course-words").inner_text()


def test_the_settings_make_another_loader(page: Any) -> None:
    press(page, "B +", "B +", "drop_last: off")
    wait_for_state(page, "iteration 0 of 15")
    assert number_of(page, "B") == "6" and "⌊20 / 6⌋ = 3" in words_drawn(page)
    press(page, "shuffle: on", "Step")
    wait_for_state(page, "iteration 1 of 15")
    assert words_drawn(page)[-6:] == list("012345")
    press(page, "shuffle: off", "drop_last: on", "B −", "B −")
    wait_for_state(page, "iteration 0 of 25")


def test_the_keyboard_is_enough(page: Any) -> None:
    button(page, "Step").focus()
    page.keyboard.press("Enter")
    wait_for_state(page, "iteration 1 of 25")
    page.keyboard.press("Space")  # focus is kept: the buttons are not redrawn
    wait_for_state(page, "iteration 2 of 25")


def test_nothing_jumps_and_every_button_has_a_name(page: Any) -> None:
    heights = set()
    for iteration in range(8):
        wait_for_state(page, f"iteration {iteration} of 25")
        heights.add(page.locator(".course-live").first.bounding_box()["height"])
        press(page, "Step")
    assert len(heights) == 1
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.course-live button')]
            .filter(e => !e.innerText.trim() || !e.title || e.scrollWidth > e.clientWidth)
            .map(e => e.outerHTML)"""
    )
    assert cut == []


@pytest.mark.timed
def test_a_click_is_answered_at_once(
    page: Any, answered_at_once: Any, timed_click: Callable[..., float]
) -> None:
    iterations = iter(range(1, 26))

    def clicks() -> list[float]:
        states = [f"iteration {number} of 25" for number in islice(iterations, 5)]
        return [timed_click(page, "Step", wanted) for wanted in states]

    answered_at_once(clicks)


def test_words_turn_light_on_a_dark_page_and_fit_a_narrow_one(page: Any) -> None:
    def colour() -> str:
        words = page.locator(".course-live svg text", has_text="batches per epoch")
        return words.evaluate("e => getComputedStyle(e).fill")

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
                 return [...document.querySelectorAll('.course-live svg, .course-live button, '
                                                      + '.course-live .widget-slider')]
                   .map(e => e.getBoundingClientRect().right - host.right); }"""
        )
        assert max(edges) <= 1, f"something sticks out at {width} pixels"


@pytest.mark.timed
def test_play_redraws_smoothly_without_flicker(open_notebook: Any, drawn_smoothly: Any) -> None:
    page = open_notebook("from course_lib.widgets import batch_explorer\nbatch_explorer(256, 2)")
    button(page, "Play").click()
    button(page, "Pause").wait_for()

    def redraws_a_second() -> float:
        seen = page.evaluate(WATCH_PLAY)
        assert seen["empty"] == 0 and seen["heights"] == 1
        return seen["redraws"] / 3

    drawn_smoothly(redraws_a_second)
    button(page, "Pause").click()
    button(page, "Play").wait_for()
    page.wait_for_timeout(300)  # a batch that was on its way
    held = page.locator(".course-state").inner_text()
    page.wait_for_timeout(500)
    assert page.locator(".course-state").inner_text() == held
