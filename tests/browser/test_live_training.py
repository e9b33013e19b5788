"""The live dashboard as a reader meets it: a run that is watched, paused, continued, stopped."""

import re
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# A run that would take hours, with passes slow enough for a pause to be seen.
CELL = """
import time
import torch
from torch.utils.data import DataLoader, TensorDataset
from course_lib.widgets import train_live

class Slow(torch.nn.Linear):
    def forward(self, x):
        time.sleep(0.01)
        return super().forward(x)

torch.manual_seed(0)
data = TensorDataset(torch.randn(64, 2), torch.randint(0, 3, (64,)))
loaders = DataLoader(data, batch_size=8), DataLoader(data, batch_size=32)
"""
RUN = "run = train_live(Slow(2, 3), *loaders, num_epochs=100_000{})\nrun"


@pytest.fixture(scope="module")
def page(open_notebook: Callable[..., Any]) -> Any:
    page = open_notebook(CELL + RUN.format(""))
    wait_for_state(page, "running")
    return page


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def wait_for_state(page: Any, words: str) -> None:
    page.locator(".course-state", has_text=words).wait_for()


def position(page: Any) -> tuple[int, int]:
    state = page.locator(".course-state").inner_text()
    epoch, batch = re.match(r"epoch (\d+) of 100000 · batch (\d) of 8", state).groups()
    return int(epoch), int(batch)


def wait_until_further(page: Any, than: tuple[int, int]) -> None:
    for _ in range(600):
        if position(page) > than:
            return
        page.wait_for_timeout(50)
    pytest.fail(f"the run did not get further than {than}")


def test_the_curves_grow_by_themselves(page: Any) -> None:
    wait_for_state(page, "epoch 3")
    points = page.locator(".course-live svg polyline.l-train[stroke-width='2.2']")
    before = points.get_attribute("points")
    wait_until_further(page, (position(page)[0] + 2, 1))
    assert len(points.get_attribute("points")) > len(before)


def test_pause_holds_the_run_and_continue_takes_it_up_at_the_same_height(page: Any) -> None:
    tall = page.locator(".course-live").bounding_box()["height"]
    press(page, "Pause")
    wait_for_state(page, "paused")
    held = position(page)
    page.wait_for_timeout(500)
    assert position(page) == held
    assert page.locator(".course-live").bounding_box()["height"] == pytest.approx(tall, abs=1)
    press(page, "Continue")
    wait_until_further(page, held)


def test_stop_ends_it_with_the_last_frame_and_no_button_left(page: Any) -> None:
    press(page, "Stop")
    wait_for_state(page, "stopped")
    last = position(page)
    page.locator(".course-words", has_text=f"batch {last[1]} of epoch {last[0]}.").wait_for()
    assert page.get_by_role("button", name="Pause", exact=True).is_disabled()
    assert page.get_by_role("button", name="Stop", exact=True).is_disabled()
    page.wait_for_timeout(300)
    assert position(page) == last


def test_an_error_stands_in_the_dashboard_and_its_traceback_opens(
    open_notebook: Callable[..., Any],
) -> None:
    broken = "def broken(progress):\n    raise ValueError('the 1st batch was one too many')\n"
    page = open_notebook(CELL + broken + RUN.format(", on_batch=broken"))
    wait_for_state(page, "failed")
    page.get_by_text("ValueError: the 1st batch was one too many", exact=True).wait_for()
    page.get_by_text("Traceback", exact=True).click()
    page.locator(".course-live pre", has_text="in broken").wait_for()
