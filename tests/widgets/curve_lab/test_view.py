"""The lab's widgets without a browser: real runs, started by clicks."""

import threading

import pytest
import torch

from course_lib.widgets import curve_lab, train_live
from course_lib.widgets.lab import view, words
from course_lib.widgets.live_training import words as live_words
from course_lib.widgets.live_training.progress import State
from course_lib.widgets.shown import can_draw_png

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")

QUICK = {"num_train": 100, "hidden": 8, "epochs": 5, "batch_size": 32}
LONG = {"num_train": 8000, "hidden": 512, "epochs": 60}
PATIENCE = 60.0


def press(lab, name):
    lab.buttons[name].click()


def wait_for(condition):
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.01)):
        if condition():
            return
        pause.wait(0.01)
    pytest.fail("what the test waits for did not happen")


@pytest.fixture
def long_run():
    lab = curve_lab(**LONG)
    press(lab, "Train")
    wait_for(lambda: lab.look.frame.batch > 0)
    yield lab
    press(lab, "Stop")
    lab.wait()


def test_train_makes_a_run_with_the_chosen_settings_and_draws_its_end():
    lab = curve_lab(**QUICK)
    lab.controls.by_name["optimizer"].value = "Adam"
    lab.controls.by_name["dropout"].value = 0.2
    press(lab, "Train")
    history = lab.wait()
    assert history.epochs == 5
    run = lab.look.run
    assert (run.settings.optimizer, run.settings.dropout) == ("Adam", 0.2)
    assert live_words.loss(history["val_loss"][-1]) in lab._page.value
    assert "· done" in lab._page.value
    assert lab.diagnosis is not None
    assert live_words.LABELS[lab.diagnosis.label] in lab._said.value
    assert not lab.buttons["Train"].disabled and lab.buttons["Stop"].disabled


def test_lower_and_higher_move_the_rate_and_the_line_that_says_so():
    lab = curve_lab(learning_rate=0.1, **QUICK)
    press(lab, "Lower")
    assert lab.lab.settings.learning_rate == 0.05
    assert "next: SGD 0.05" in lab._page.value
    press(lab, "Higher")
    press(lab, "Higher")
    assert lab.controls.by_name["learning_rate"].value == 0.2


def test_pause_holds_continue_goes_on_and_stop_ends_within_a_batch(long_run):
    lab = long_run
    press(lab, "Pause")
    wait_for(lambda: lab.look.frame.state is State.PAUSED)
    held = (lab.look.frame.epoch, lab.look.frame.batch)
    wait_for(lambda: lab.buttons["Pause"].description == "Continue")
    threading.Event().wait(0.2)
    assert (lab.look.frame.epoch, lab.look.frame.batch) == held
    press(lab, "Pause")
    wait_for(lambda: (lab.look.frame.epoch, lab.look.frame.batch) > held)
    press(lab, "Stop")
    at = lab.look.frame
    lab.wait()
    end = lab.look.frame
    assert end.state is State.STOPPED
    if end.epoch == at.epoch:
        assert end.batch - at.batch <= 1


def test_run_it_trains_what_the_diagnosis_asked_for_and_says_what_came_out():
    lab = curve_lab(seed=1)
    press(lab, "Train")
    lab.wait()
    assert not lab.buttons["Run it"].disabled
    asked = lab.look.next
    press(lab, "Run it")
    lab.wait()
    assert lab.look.run.settings == asked.settings
    assert lab.controls.by_name["learning_rate"].value == asked.settings.learning_rate
    assert lab.look.came_true is True
    assert "It came true" in lab._said.value
    assert "1 train" in lab._page.value  # the first run is still there, faint


def test_reset_stops_and_forgets(long_run):
    press(long_run, "Reset")
    assert long_run.look.run is None
    assert words.NO_RUN in long_run._page.value
    long_run.wait()
    assert words.NO_RUN in long_run._page.value  # the last drawing of the old run changes nothing
    press(long_run, "Train")
    wait_for(lambda: long_run.look.frame.batch > 0)
    assert long_run.look.run.number == 1


def test_another_live_run_stops_the_labs(long_run):
    from torch.utils.data import DataLoader, TensorDataset

    data = TensorDataset(torch.randn(8, 2), torch.zeros(8, dtype=torch.int64))
    other = train_live(torch.nn.Linear(2, 2), DataLoader(data), DataLoader(data), 1)
    long_run.wait()
    assert long_run.look.frame.note == live_words.ANOTHER_RUN
    other.wait()


def test_a_nan_run_ends_in_words_and_without_a_traceback():
    lab = curve_lab(fault="log of softmax", learning_rate=0.01)
    press(lab, "Train")
    lab.wait()
    assert "no finite loss in epoch 1" in lab._page.value
    assert "Likely cause" in lab._said.value
    assert lab._traceback.value == ""


def test_an_error_is_shown_with_its_traceback(monkeypatch):
    lab = curve_lab(**QUICK)

    def broken(settings):
        worker = real(settings)
        worker._on_batch = lambda batch: 1 / 0
        return worker

    real = view.make_worker
    monkeypatch.setattr(view, "make_worker", broken)
    press(lab, "Train")
    lab.wait()
    assert "ZeroDivisionError" in lab._said.value
    assert "1 / 0" in lab._traceback.value


def test_where_nobody_watches_two_real_runs_make_the_picture(monkeypatch):
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    before = set(threading.enumerate())
    lab = curve_lab()
    assert set(threading.enumerate()) <= before
    assert lab.look.run.number == 2
    assert lab.look.came_true is True
    assert lab.history.epochs == 15
    data, _ = lab._repr_mimebundle_()
    for part in ("1 | SGD 1 ", "2 | SGD 0.1 ", "It came true", "Next experiment"):
        assert part in data["text/plain"]
    assert ("image/png" in data) == can_draw_png()
    drawn = lab.picture().standalone()
    assert "1 train" in drawn and "Run this cell" in drawn


def test_a_setting_of_the_callers_own_stands_in_its_list():
    lab = curve_lab(learning_rate=0.03, epochs=7, num_train=250)
    assert lab.controls.by_name["learning_rate"].value == 0.03
    assert lab.controls.by_name["epochs"].value == 7
    lab.controls.by_name["epochs"].value = 5
    press(lab, "Reset")
    assert lab.controls.by_name["epochs"].value == 7


def test_a_wrong_setting_is_refused_before_anything_shows():
    with pytest.raises(ValueError, match="optimizer is one of SGD, Adam"):
        curve_lab(optimizer="adam")
