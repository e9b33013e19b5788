"""The split explorer as a reader meets it: opened in JupyterLab, pressed and dragged."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from course_lib.widgets.splits.model import course_explorer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELL = "from course_lib.widgets import split_explorer\nsplit_explorer()"


@pytest.fixture(scope="module")
def explorer(open_notebook: Callable[..., Any]) -> Any:
    page = open_notebook(CELL)
    page.get_by_role("button", name="98/1/1", exact=True).wait_for()
    return page


@pytest.fixture
def page(explorer: Any) -> Any:
    """The one page, back at 70/15/15, stratified, seed 0."""
    press(explorer, "70/15/15", "Stratified")
    wait_for_state(explorer, "70 / 15 / 15 % · stratified")
    for seed in range(int(state(explorer).split("seed ")[1].split()[0]), 0, -1):
        press(explorer, "− seed")
        wait_for_state(explorer, f"seed {seed - 1}")
    wait_for_state(explorer, "70 / 15 / 15 % · stratified · seed 0")
    return explorer


def press(page: Any, *names: str) -> None:
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()


def state(page: Any) -> str:
    return page.locator(".course-state").inner_text()


def wait_for_state(page: Any, words: str) -> None:
    page.locator(".course-state", has_text=words).wait_for()


def drawn(page: Any, part: int) -> list[str]:
    return page.locator(".course-live svg").nth(part).locator("text").all_text_contents()


def shares(page: Any) -> list[int]:
    """Where the handles of the three sliders stand."""
    handles = page.locator(".course-live [role=slider]")
    return [round(float(handles.nth(i).get_attribute("aria-valuenow"))) for i in range(3)]


def test_the_ratios_show_the_library_s_numbers(page: Any) -> None:
    oracle = course_explorer()
    press(page, "98/1/1", "Plain", "+ seed")
    oracle.choose_ratio((98, 1, 1))
    oracle.set_stratify(False)
    oracle.set_seed(1)
    wait_for_state(page, "98 / 1 / 1 % · plain · seed 1")
    for part in range(3):
        counts = [f"{n}" for n in oracle.split.class_counts[part]]
        found = [words.lstrip("▸") for words in drawn(page, part)]
        assert [words for words in found if re.fullmatch(r"\d+", words)][1:] == counts
    said = page.locator(".course-words span").last.inner_text()
    assert f"{oracle.former_training_samples} of these 10 test samples" in said


def test_the_buttons_move_the_sliders(page: Any) -> None:
    press(page, "+ validation", "+ validation", "− test")
    wait_for_state(page, "69 / 17 / 14 %")
    assert shares(page) == [69, 17, 14]


def test_a_slider_moved_by_the_keyboard_moves_the_others(page: Any) -> None:
    page.locator(".course-live [role=slider]").first.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    wait_for_state(page, "74 / 13 / 13 %")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.course-live [role=slider]')]"
        ".map(e => Math.round(e.getAttribute('aria-valuenow'))).join() === '74,13,13'"
    )


def test_a_dragged_slider_keeps_the_sum_at_100(page: Any) -> None:
    handle = page.locator(".course-live [role=slider]").nth(1)
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(box["x"] + 12 * step, box["y"] + box["height"] / 2)
    page.mouse.up()
    page.wait_for_function(  # the last of the drag's messages: all say the same
        """() => {
            const handles = [...document.querySelectorAll('.course-live [role=slider]')];
            const shares = handles.map(e => Math.round(e.getAttribute('aria-valuenow')));
            const state = document.querySelector('.course-state').innerText;
            return shares[1] > 25 && state.includes(shares.join(' / ')); }"""
    )
    assert sum(shares(page)) == 100


CLICKED = {  # what the state then says
    "98/1/1": "98 / 1 / 1 % · stratified",
    "Plain": "98 / 1 / 1 % · plain · seed 0",
    "+ seed": "seed 1",
    "60/20/20": "60 / 20 / 20 %",
    "− seed": "60 / 20 / 20 % · plain · seed 0",
    "+ train": "61 / 20 / 19 %",
}


@pytest.mark.timed
def test_a_click_is_answered_at_once_and_nothing_jumps(
    page: Any, answered_at_once: Any, timed_click: Callable[..., float]
) -> None:
    heights = set()

    def clicks() -> list[float]:
        press(page, "70/15/15", "Stratified")  # so that each click below changes something
        wait_for_state(page, "70 / 15 / 15 % · stratified")
        waits = []
        for name, wanted in CLICKED.items():
            waits.append(timed_click(page, name, wanted))
            heights.add(page.locator(".course-live").bounding_box()["height"])
        return waits

    answered_at_once(clicks)
    assert len(heights) == 1


def test_everything_has_a_name_and_fits_a_narrow_page(page: Any) -> None:
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('.course-live button')]
            .filter(e => !e.innerText.trim() || !e.title).map(e => e.outerHTML)"""
    )
    assert unnamed == []
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
