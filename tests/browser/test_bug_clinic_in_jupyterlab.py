"""The bug clinic as a reader meets it: planted, run, read and healed in JupyterLab."""

import re
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELL = "from course_lib import widgets\nwidgets.bug_clinic()"

# Notes how high the widget was and how many markers its curves had at each change of the page.
WATCH = """() => {
    const host = document.querySelector('.course-live');
    window.course = {heights: new Set(), marks: new Set(), empty: 0};
    window.course.observer = new MutationObserver(() => requestAnimationFrame(() => {
        window.course.heights.add(Math.round(host.getBoundingClientRect().height));
        window.course.marks.add(host.querySelectorAll('svg circle').length);
        if (!host.querySelector('svg polyline')) window.course.empty += 1;
    }));
    window.course.observer.observe(host, {childList: true, subtree: true});
}"""


@pytest.fixture(scope="module")
def page(open_notebook: Callable[..., Any]) -> Any:
    page = open_notebook(CELL)
    page.get_by_role("button", name="Run", exact=True).wait_for()
    return page


def wait_for_state(page: Any, words: str) -> None:
    page.locator(".course-state", has_text=words).wait_for()


def press(page: Any, name: str) -> None:
    button = page.get_by_role("button", name=name, exact=True)
    page.wait_for_function("button => !button.disabled", arg=button.element_handle())
    button.click()


@pytest.mark.timed
def test_a_click_is_answered_at_once(
    page: Any, answered_at_once: Any, timed_click: Callable[..., float]
) -> None:
    names = ["no zero_grad", "zero_grad after backward", "no eval()", "no no_grad"]

    def clicks() -> list[float]:
        page.get_by_label("mistake", exact=True).select_option(names[0])
        wait_for_state(page, f"{names[0]} · planted")
        return [timed_click(page, "Next mistake", f"{name} · planted") for name in names[1:]]

    answered_at_once(clicks)


@pytest.mark.timed
def test_a_run_is_announced_at_once(
    page: Any, answered_at_once: Any, timed_click: Callable[..., float]
) -> None:
    page.get_by_label("mistake", exact=True).select_option("no zero_grad")
    wait_for_state(page, "no zero_grad · planted")

    def runs() -> list[float]:
        taken = []
        for _ in range(3):
            taken.append(timed_click(page, "Run", "· running ·"))
            wait_for_state(page, "run with the mistake")
        return taken

    answered_at_once(runs)


def test_a_planted_mistake_is_run_found_and_healed_without_flicker_or_jump(page: Any) -> None:
    page.get_by_label("mistake", exact=True).select_option("test data in training")
    wait_for_state(page, "test data in training · planted")
    page.evaluate(WATCH)
    press(page, "Run")
    wait_for_state(page, "run with the mistake")
    live = page.locator(".course-live")
    assert "Audit: train-on-test." in live.inner_text()
    assert live.locator(".planted").count() == 2 and live.locator(".missing").count() == 1
    assert "◂ audit" in live.locator(".row", has_text="loss.backward()").inner_text()
    drawn = live.locator("svg text").all_text_contents()
    assert {"train + test", "✗ not train", "sound val", "validation"} <= set(drawn)
    press(page, "Repair and run")
    wait_for_state(page, "repaired and run again")
    assert "Healed." in live.inner_text() and live.locator(".mended").count() == 1
    assert "✗" not in live.inner_text()
    seen = page.evaluate(
        """() => { const seen = window.course; seen.observer.disconnect();
            return {heights: [...seen.heights], marks: [...seen.marks], empty: seen.empty}; }"""
    )
    assert seen["empty"] == 0 and len(seen["heights"]) == 1
    assert len(seen["marks"]) > 3  # the curves were seen to grow


def test_every_mistake_of_the_menu_runs(page: Any) -> None:
    options = page.get_by_label("mistake", exact=True).locator("option").all_inner_texts()
    assert len(options) == 10
    for name in options:
        if page.get_by_label("mistake", exact=True).input_value() != name:
            page.get_by_label("mistake", exact=True).select_option(name)
            wait_for_state(page, f"{name} · planted")
        press(page, "Run")
        wait_for_state(page, f"{name} · run with the mistake")
        assert page.locator(".course-words", has_text="Symptom.").count()
    wait_for_state(page, "10 of 10 run")


def test_words_turn_light_on_a_dark_page_and_everything_fits_a_narrow_one(page: Any) -> None:
    page.evaluate(
        """() => window.jupyterapp.commands.execute('apputils:change-theme',
                                                   {theme: 'JupyterLab Dark'})"""
    )
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    page.wait_for_timeout(500)
    words = page.locator(".course-live svg text", has_text="epoch").first
    colour = words.evaluate("e => getComputedStyle(e).fill")
    assert min(map(int, re.findall(r"\d+", colour)[:3])) > 175
    for width in (760, 360):
        page.evaluate(
            "width => document.querySelector('.course-live').style.width = width + 'px'", width
        )
        edges = page.evaluate(
            """() => { const host = document.querySelector('.course-live').getBoundingClientRect();
                 return [...document.querySelectorAll('.course-live svg, .course-live button,'
                     + '.course-live select, .course-live .course-code')]
                   .map(e => e.getBoundingClientRect().right - host.right); }"""
        )
        assert max(edges) <= 1, f"something sticks out at {width} pixels"
