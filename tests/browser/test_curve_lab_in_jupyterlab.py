"""Curve lab and clinic as a reader meets them: clicked, watched and measured in JupyterLab."""

import re
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# A run that would take many minutes, so that it can be watched, paused and stopped.
CELL = """from course_lib import widgets
widgets.curve_lab(num_train=8000, hidden=512, epochs=600, learning_rate=0.1)"""
CLINIC = "from course_lib import widgets\nwidgets.curve_clinic()"

# Notes, for each change of the page, when it came and how high the widget was.
WATCH = """() => {
    const host = document.querySelector('.course-live');
    window.course = {times: [], heights: new Set(), empty: 0};
    window.course.observer = new MutationObserver(() => requestAnimationFrame(() => {
        const now = performance.now(), times = window.course.times;
        if (!times.length || now > times[times.length - 1]) times.push(now);
        window.course.heights.add(Math.round(host.getBoundingClientRect().height));
        if (!host.querySelector('svg polyline')) window.course.empty += 1;
    }));
    window.course.observer.observe(host, {childList: true, subtree: true});
}"""


@pytest.fixture(scope="module")
def page(open_notebook: Callable[..., Any]) -> Any:
    page = open_notebook(CELL)
    page.get_by_role("button", name="Train", exact=True).wait_for()
    return page


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def wait_for_state(page: Any, words: str) -> None:
    page.locator(".course-state", has_text=words).wait_for()


def position(page: Any) -> tuple[int, int]:
    state = page.locator(".course-state").inner_text()
    return tuple(map(int, re.search(r"epoch (\d+) of \d+ · batch (\d+) of", state).groups()))


@pytest.mark.timed
def test_a_click_is_answered_at_once(
    page: Any, answered_at_once: Any, timed_click: Callable[..., float]
) -> None:
    steps = [("Higher", "0.2"), ("Lower", "0.1"), ("Lower", "0.05"), ("Higher", "0.1")] * 3

    def clicks() -> list[float]:
        return [timed_click(page, name, f"next: SGD {rate} ") for name, rate in steps]

    answered_at_once(clicks)


def redraws_a_second(page: Any) -> float:
    """Counted over two seconds; none may be empty or jump."""
    page.evaluate(WATCH)
    page.wait_for_timeout(2000)
    seen = page.evaluate(
        """() => { const seen = window.course; seen.observer.disconnect();
            return {times: seen.times, heights: [...seen.heights], empty: seen.empty}; }"""
    )
    assert seen["empty"] == 0
    assert len(seen["heights"]) == 1
    return len(seen["times"]) / 2


@pytest.mark.timed
def test_a_run_is_drawn_smoothly_without_flicker_or_jump(page: Any, drawn_smoothly: Any) -> None:
    press(page, "Train")
    page.wait_for_function(  # from the second epoch on there is a line to be drawn
        """() => /run 1 · epoch ([2-9]|\\d\\d)/.test(
            document.querySelector('.course-state').innerText)"""
    )
    drawn_smoothly(lambda: redraws_a_second(page))


def test_pause_holds_and_stop_ends_within_a_batch(page: Any) -> None:
    tall = page.locator(".course-live").bounding_box()["height"]
    press(page, "Pause")
    wait_for_state(page, "paused")
    held = position(page)
    page.wait_for_timeout(400)
    assert position(page) == held
    press(page, "Continue")
    wait_for_state(page, "running")
    press(page, "Pause")
    wait_for_state(page, "paused")
    held = position(page)
    press(page, "Stop")
    wait_for_state(page, "stopped")
    epoch, batch = position(page)
    assert (epoch - held[0]) * 125 + batch - held[1] <= 1  # 125 batches an epoch
    assert page.get_by_role("button", name="Stop", exact=True).is_disabled()
    assert page.locator(".course-live").bounding_box()["height"] == pytest.approx(tall, abs=1)


def test_a_second_run_leaves_the_first_as_a_faint_line_and_is_diagnosed(page: Any) -> None:
    page.get_by_label("epochs").select_option("10")
    page.get_by_label("images").select_option("300")
    wait_for_state(page, "next: SGD 0.1 · 512 units · 300 images · 10 epochs")
    press(page, "Train")
    wait_for_state(page, "run 2 · epoch 10 of 10 · batch 5 of 5 · done")
    drawn = page.locator(".course-live svg text").all_text_contents()
    assert {"1 train", "1 val", "train", "validation"} <= set(drawn)
    said = page.locator(".course-words", has_text="Diagnosis.").first.inner_text()
    assert re.search(r"The curves look (most )?like .* \(\d+ %", said)
    table = page.locator(".course-live table").inner_text()
    assert "SGD 0.1 · 512 units · 8,000 images · 600 epochs" in table


def test_run_it_makes_the_next_experiment(page: Any) -> None:
    press(page, "Run it")
    wait_for_state(page, "run 3 · epoch")
    page.locator(".course-words", has_text="Experiment.").wait_for()
    assert re.search("It came true|It did not come true", page.locator(".course-live").inner_text())


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
                     + '.course-live select')]
                   .map(e => e.getBoundingClientRect().right - host.right); }"""
        )
        assert max(edges) <= 1, f"something sticks out at {width} pixels"


def test_reset_empties_the_lab(page: Any) -> None:
    press(page, "Reset")
    wait_for_state(page, "no run yet")
    assert page.locator(".course-live svg polyline").count() == 0


def test_the_clinic_is_answered_at_once_and_shows_the_cause_last(
    open_notebook: Callable[..., Any],
) -> None:
    page = open_notebook(CLINIC)
    wait_for_state(page, "case A, 1 of 7 · 0 of 7 solved")
    press(page, "overfitting")
    page.locator(".course-words", has_text="Not this one.").wait_for()
    assert page.get_by_text("The cause.").count() == 0
    tall = page.locator(".course-live").bounding_box()["height"]
    press(page, "learning rate too high")
    page.locator(".course-words", has_text="The cause.").wait_for()
    page.locator(".course-words", has_text="Counterfactual.").wait_for()
    wait_for_state(page, "1 of 7 solved · 0 at the first try")
    assert page.locator(".course-live").bounding_box()["height"] == pytest.approx(tall, abs=1)
    press(page, "Next case")
    wait_for_state(page, "case B, 2 of 7")
    # What is chosen before the run is complete does not count, so the question is waited for.
    page.locator(".course-words", has_text="Read the curves, then choose").wait_for()
    press(page, "overfitting")
    wait_for_state(page, "2 of 7 solved · 1 at the first try")
    page.locator(".course-words", has_text="Counterfactual.").wait_for()
