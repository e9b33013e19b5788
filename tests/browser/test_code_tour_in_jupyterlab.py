"""The code tour as a reader meets it: opened in JupyterLab, walked through, scrolled."""

import re
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from course_lib.widgets.source_tour.model import load_tour

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = [f"from course_lib import widgets\nwidgets.code_tour({name!r})" for name in
         ("train_one_epoch", "validate")]  # fmt: skip
LIT = """host => [...host.querySelectorAll('.course-code .row')]
    .filter(row => getComputedStyle(row).borderLeftColor === 'rgb(0, 114, 178)')
    .map(row => row.innerText.trim())"""


@pytest.fixture(scope="module")
def tours(open_notebook: Callable[..., Any]) -> Any:
    page = open_notebook(*CELLS)
    page.get_by_role("button", name="Next note", exact=True).nth(1).wait_for()
    page.locator(".course-code").nth(1).wait_for()
    return page


@pytest.fixture
def page(tours: Any) -> Any:
    """The one page, back at the first note of the first tour."""
    first(tours).locator("select").select_option(index=0)
    wait_for_note(tours, 1)
    return tours


def first(page: Any) -> Any:
    return page.locator(".course-live").first


def wait_for_note(page: Any, number: int) -> None:
    first(page).locator(".course-state", has_text=re.compile(f"^note {number} of")).wait_for()


def press(page: Any, name: str) -> None:
    first(page).get_by_role("button", name=name, exact=True).click()


def lit(page: Any, host: int = 0) -> list[str]:
    return page.locator(".course-live").nth(host).evaluate(LIT)


def test_every_note_lights_its_own_line(page: Any) -> None:
    tour = load_tour("train_one_epoch")
    for number, note in enumerate(tour.notes, 1):
        wait_for_note(page, number)
        line = tour.listings[note.listing].rows[note.rows[0]].text.strip()
        (shown,) = lit(page)
        assert re.sub(r"\s+", " ", shown) == re.sub(r"\s+", " ", f"{note.lines[0]} {line}")
        if number < len(tour.notes):
            press(page, "Next note")
    press(page, "Previous note")
    wait_for_note(page, len(tour.notes) - 1)


def test_a_number_stands_at_the_height_of_its_line(page: Any) -> None:
    for number in (2, 7, 12):
        press(page, str(number))
        wait_for_note(page, number)
        gap = first(page).evaluate(
            """(host, number) => {
                 const middle = e => { const b = e.getBoundingClientRect();
                                       return b.top + b.height / 2; };
                 const button = [...host.querySelectorAll('.course-note-button')]
                     .find(e => e.innerText === number);
                 const row = [...host.querySelectorAll('.course-code .row')].find(
                     e => getComputedStyle(e).borderLeftColor === 'rgb(0, 114, 178)');
                 return Math.abs(middle(button) - middle(row)); }""",
            str(number),
        )
        assert gap <= 1.5


def test_the_keyboard_is_enough_and_the_other_tour_stays(page: Any) -> None:
    before = lit(page, 1)
    first(page).get_by_role("button", name="Next note", exact=True).focus()
    page.keyboard.press("Enter")
    wait_for_note(page, 2)
    page.keyboard.press("Space")  # focus is kept: the buttons are not redrawn
    wait_for_note(page, 3)
    assert lit(page, 1) == before and len(before) == 1


def test_nothing_jumps_and_everything_has_a_name(page: Any) -> None:
    tour, heights = load_tour("train_one_epoch"), set()
    for number in range(1, len(tour.notes) + 1):
        wait_for_note(page, number)
        heights.add(first(page).bounding_box()["height"])
        if number < len(tour.notes):
            press(page, "Next note")
    assert len(heights) == 1
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('.course-live button, .course-live select')]
            .filter(e => !(e.innerText.trim() || e.title || e.ariaLabel || e.labels?.length))
            .map(e => e.outerHTML)"""
    )
    assert unnamed == []


@pytest.mark.timed
def test_a_press_is_answered_at_once(
    page: Any, answered_at_once: Any, timed_click: Callable[..., float]
) -> None:
    notes = iter(range(2, 12))

    def presses() -> list[float]:
        return [timed_click(page, "Next note", f"note {note} of") for note in islice(notes, 3)]

    answered_at_once(presses)


def test_sideways_scrolling_is_kept_and_nothing_sticks_out(page: Any) -> None:
    host = first(page)
    for width in (760, 360):
        host.evaluate("(host, width) => host.style.width = width + 'px'", width)
        edges = host.evaluate(
            """host => [...host.querySelectorAll('.course-code, button, select')]
                 .map(e => e.getBoundingClientRect().right - host.getBoundingClientRect().right)"""
        )
        assert max(edges) <= 1, f"something sticks out at {width} pixels"
    host.locator(".course-code").evaluate("code => code.scrollLeft = 120")
    press(page, "Next note")
    wait_for_note(page, 2)
    assert host.locator(".course-code").evaluate("code => code.scrollLeft") == 120
    host.evaluate("host => host.style.width = ''")


def test_code_turns_light_on_a_dark_page(page: Any) -> None:
    def colours() -> list[list[int]]:
        found = first(page).evaluate(
            """host => ['.ck', '.cc', '.cd', '.row'].map(
                 name => getComputedStyle(host.querySelector('.course-code ' + name)).color)"""
        )
        return [[int(n) for n in re.findall(r"\d+", colour)[:3]] for colour in found]

    bright = colours()
    assert max(bright[3]) < 80 and bright[0] != bright[3], "keywords are coloured"
    page.evaluate(
        """() => window.jupyterapp.commands.execute('apputils:change-theme',
                                                   {theme: 'JupyterLab Dark'})"""
    )
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    page.wait_for_timeout(500)
    dark = colours()
    assert min(dark[3]) > 175 and dark[0] != bright[0]
