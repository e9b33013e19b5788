"""The view without a browser: pressing the controls' own handlers."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from course_lib.widgets import batch_explorer
from course_lib.widgets.batches.model import BatchExplorer
from course_lib.widgets.batches.record import LoaderSettings
from course_lib.widgets.batches.view import BatchExplorerView, _pixels

ROOT = Path(__file__).resolve().parents[3]
IMAGES = _pixels(None)


@pytest.fixture
def view() -> BatchExplorerView:
    return BatchExplorerView(BatchExplorer(), IMAGES, seconds_per_batch=0.001)


def press(view: BatchExplorerView, *names: str) -> None:
    for name in names:
        view.buttons[name].click()


def test_controls_are_worded_and_explained(view: BatchExplorerView) -> None:
    for button in view.buttons.values():
        assert len(button.tooltip) > 10
    words = [button.description for button in view.buttons.values()]
    assert words[:5] == ["Back", "Step", "Play", "Reset", "Finish epoch"]
    assert words[5:] == ["shuffle: on", "drop_last: off", "N −", "N +", "B −", "B +"]
    assert [b.button_style for b in view.buttons.values()].count("primary") == 1
    assert [s.description for s in view.sliders.values()] == ["samples N", "batch size B"]


def test_moves_reach_model_and_page(view: BatchExplorerView) -> None:
    start = view.page.value
    press(view, "Step", "Step", "Back")
    assert view.explorer.position == 1 and "iteration 1 of 25" in view.page.value
    press(view, "Finish epoch", "Step")
    assert "epoch 2 of 5 · batch 1 of 5 · iteration 6 of 25" in view.page.value
    press(view, "Reset")
    assert view.page.value == start


def test_sliders_and_buttons_say_the_same(view: BatchExplorerView) -> None:
    press(view, "Step", "N +", "N +")
    assert view.explorer.settings.num_samples == view.sliders["num_samples"].value == 22
    assert "iteration 0 of 30" in view.page.value
    view.sliders["batch_size"].value = 6
    assert view.explorer.settings.batch_size == 6 and "⌈22 / 6⌉ = 4" in view.page.value
    press(view, "B −", "N −")
    assert (view.explorer.settings.num_samples, view.explorer.settings.batch_size) == (21, 5)
    assert view.sliders["batch_size"].value == 5


def test_a_slider_that_asks_too_much_comes_back(view: BatchExplorerView) -> None:
    view.sliders["batch_size"].value = 200
    assert view.explorer.settings.batch_size == view.sliders["batch_size"].value == 20
    view.sliders["num_samples"].value = 3
    assert view.sliders["batch_size"].value == view.explorer.settings.batch_size == 3


def test_switches_say_how_they_stand(view: BatchExplorerView) -> None:
    press(view, "N +", "shuffle", "drop_last")
    assert view.buttons["shuffle"].description == "shuffle: off"
    assert view.buttons["drop_last"].description == "drop_last: on"
    press(view, "Step")
    assert view.explorer.batch == (0, 1, 2, 3) and "⌊21 / 4⌋ = 5" in view.page.value
    press(view, "shuffle")
    assert view.buttons["shuffle"].description == "shuffle: on"
    assert view.explorer.position == 0


def test_play_runs_to_the_end_and_starts_again(view: BatchExplorerView) -> None:
    for _ in range(2):
        press(view, "Play")
        view._ticker.join(10)
        assert view.explorer.position == 25
        assert view.buttons["Play"].description == "Play"
        assert "iteration 25 of 25 · 100 % of this epoch" in view.page.value


@pytest.mark.parametrize(
    ("stop", "position"),
    [("Play", 1), ("Step", 2), ("Back", 0), ("Reset", 0), ("Finish epoch", 5), ("N +", 0),
     ("shuffle", 0)],
)  # fmt: skip
def test_any_control_stops_play(stop: str, position: int) -> None:
    view = BatchExplorerView(BatchExplorer(), IMAGES, seconds_per_batch=30)
    press(view, "Play")
    assert view.buttons["Play"].description == "Pause"
    deadline = time.monotonic() + 5
    while view.explorer.position < 1 and time.monotonic() < deadline:
        time.sleep(0.005)
    press(view, stop)
    view._ticker.join(5)
    assert view.buttons["Play"].description == "Play"
    assert view.explorer.position == position


def test_a_long_record_plays_at_twenty_frames_a_second_or_more() -> None:
    view = BatchExplorerView(BatchExplorer(LoaderSettings(256, 2)), IMAGES)
    press(view, "Play")
    assert view._ticker._seconds <= 1 / 20
    press(view, "Play")
    view._ticker.join(5)


def test_it_shows_widget_picture_and_text() -> None:
    pytest.importorskip("resvg_py")
    data, metadata = batch_explorer()._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png", "application/vnd.jupyter.widget-view+json"}
    assert "epoch 2 of 5 · batch 3 of 5 · iteration 8 of 25" in data["text/plain"]
    assert "Run this notebook" in data["text/plain"]
    assert metadata["image/png"]["alt"].startswith("Batch explorer: a grid of samples")


def test_other_pictures_are_taken_and_too_few_are_refused() -> None:
    batch_explorer(256, 256, 1, images=torch.zeros(256, 28, 28, dtype=torch.uint8))
    with pytest.raises(ValueError, match="at least 256 pictures, not 20"):
        batch_explorer(images=torch.zeros(20, 28, 28, dtype=torch.uint8))


def test_nothing_is_deprecated() -> None:
    """ipywidgets 7.7.1 only warns about a keyword it does not know: here that is an error."""
    code = "from course_lib.widgets import batch_explorer\nbatch_explorer()._repr_mimebundle_()"
    run = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", code],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
