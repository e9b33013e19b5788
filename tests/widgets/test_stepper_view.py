"""The view without a browser: pressing the buttons' own click handlers."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from course_lib.widgets import loop_stepper
from course_lib.widgets.stepper import Recording
from course_lib.widgets.stepper.model import Stepper
from course_lib.widgets.stepper.view import StepperView

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def view(recording: Recording) -> StepperView:
    return StepperView(Stepper(recording), seconds_per_step=0.001)


def press(view: StepperView, *names: str) -> None:
    for name in names:
        view.buttons[name].click()


def test_buttons_are_worded_and_explained(view: StepperView) -> None:
    assert list(view.buttons) == ["Back", "Step", "Play", "Reset", "−", "+"]
    for name, button in view.buttons.items():
        assert button.description == name
        assert len(button.tooltip) > 10
    assert [b.button_style for b in view.buttons.values()].count("primary") == 1
    assert view.buttons["Step"].button_style == "primary"


def test_step_back_and_reset_move_model_and_page(view: StepperView) -> None:
    start = view.page.value
    press(view, "Step")
    assert view.stepper.position == 1 and "step 1 of 4: forward" in view.page.value
    press(view, "Step", "Step", "Back")
    assert view.stepper.position == 2 and "step 2 of 4: loss" in view.page.value
    press(view, "Reset")
    assert view.stepper.position == 0 and view.page.value == start


def test_the_ends_leave_the_page_alone(view: StepperView) -> None:
    start = view.page.value
    press(view, "Back")
    assert view.page.value == start
    view.stepper.position = view.stepper.last
    press(view, "Step")
    assert view.stepper.position == view.stepper.last


def test_the_weight_is_chosen_by_list_and_by_buttons(view: StepperView) -> None:
    weights = view.stepper.recording.weights
    view.choice.value = weights[5]
    assert view.stepper.weight == weights[5] and weights[5].route in view.page.value
    press(view, "+")
    assert view.stepper.weight == view.choice.value == weights[6]
    press(view, "−", "−")
    assert view.stepper.weight == view.choice.value == weights[4]


def test_only_a_step_forwards_sets_off_the_pulse(view: StepperView) -> None:
    press(view, "Step")
    assert 'class="pulse' in view.page.value
    press(view, "+")
    assert 'class="pulse' not in view.page.value
    press(view, "Step", "Back")
    assert "step 1 of 4: forward" in view.page.value
    assert 'class="pulse' not in view.page.value


def test_play_runs_to_the_end_and_says_so(view: StepperView) -> None:
    press(view, "Play")
    view._ticker.join(10)
    assert view.stepper.position == view.stepper.last
    assert view.buttons["Play"].description == "Play"
    assert "iteration 6 of 6 · step 4 of 4" in view.page.value


def test_play_at_the_end_starts_again(view: StepperView) -> None:
    view.stepper.position = view.stepper.last
    press(view, "Play")
    view._ticker.join(10)
    assert view.stepper.position == view.stepper.last


@pytest.mark.parametrize("stop", ["Play", "Step", "Back", "Reset"])
def test_any_button_stops_play(recording: Recording, stop: str) -> None:
    view = StepperView(Stepper(recording), seconds_per_step=30)
    press(view, "Play")
    assert view.buttons["Play"].description == "Pause"
    deadline = time.monotonic() + 5
    while view.stepper.position < 1 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert view.stepper.position == 1, "the first step comes at once"
    press(view, stop)
    view._ticker.join(5)
    assert view.buttons["Play"].description == "Play"
    assert view.stepper.position == {"Play": 1, "Step": 2, "Back": 0, "Reset": 0}[stop]


def test_a_second_play_stops_the_first(recording: Recording) -> None:
    one, two = (StepperView(Stepper(recording), seconds_per_step=30) for _ in range(2))
    press(one, "Play")
    press(two, "Play")
    one._ticker.join(5)
    assert one.buttons["Play"].description == "Play"
    assert two.buttons["Play"].description == "Pause"
    press(two, "Play")


def test_two_steppers_do_not_share_their_place(recording: Recording) -> None:
    one, two = (StepperView(Stepper(recording)) for _ in range(2))
    press(one, "Step")
    assert (one.stepper.position, two.stepper.position) == (1, 0)


def test_it_shows_widget_picture_and_text(recording: Recording) -> None:
    pytest.importorskip("resvg_py")
    data, metadata = loop_stepper(recording=recording)._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png", "application/vnd.jupyter.widget-view+json"}
    assert "Run this notebook" in data["text/plain"]
    assert "step 3 of 4: backward" in data["text/plain"]
    assert metadata["image/png"]["alt"].startswith("Loop stepper: a network")


def test_nothing_is_deprecated() -> None:
    """ipywidgets 7.7.1 only warns about a keyword it does not know: here that is an error."""
    code = (
        "from course_lib.widgets import loop_stepper, quiz\n"
        "loop_stepper(iterations=1)._repr_mimebundle_()\n"
        "quiz('four-steps')._repr_mimebundle_()"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", code],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
