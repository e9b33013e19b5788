"""The dashboard without a browser: what its buttons do and what its page says."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch
from live_training_small_run import NUM_BATCHES, PATIENCE, counted_model, loaders, wait_for

from course_lib.widgets import train_live
from course_lib.widgets.live_training import words
from course_lib.widgets.live_training.progress import State

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")


def live(model=None, num_epochs=3, **keywords):
    return train_live(model or counted_model(), *loaders(), num_epochs, **keywords)


def page(shown):
    return shown._page.value


def says(shown, state):
    return f"· {words.STATE[state]}<" in page(shown)


def test_the_call_returns_while_the_run_goes_on_and_wait_gives_its_history():
    model = counted_model(hold_at=("train", 2))
    shown = live(model)
    assert model.arrived.wait(PATIENCE)
    assert shown.history.epochs == 0
    model.release.set()
    history = shown.wait()
    assert history.epochs == 3
    assert history is shown.history


def test_the_last_frame_is_drawn():
    for _ in range(5):
        shown = live()
        history = shown.wait()
        assert says(shown, State.DONE)
        assert f"epoch 3 of 3 · batch {NUM_BATCHES} of {NUM_BATCHES}" in page(shown)
        assert words.loss(history["val_loss"][-1]) in page(shown)
        assert shown._hold.disabled and shown._stop.disabled


def test_the_first_button_pauses_and_continues():
    model = counted_model(hold_at=("train", 2))
    shown = live(model)
    assert model.arrived.wait(PATIENCE)
    assert shown._hold.description == "Pause"
    shown._hold.click()
    wait_for(lambda: says(shown, State.PAUSING))
    model.release.set()
    wait_for(lambda: says(shown, State.PAUSED))
    assert shown._hold.description == "Continue"
    shown._hold.click()
    shown.wait()
    assert model.passes["train"] == 3 * NUM_BATCHES


def test_the_second_button_stops_within_the_batch():
    model = counted_model(hold_at=("train", 4))
    shown = live(model)
    assert model.arrived.wait(PATIENCE)
    shown._stop.click()
    wait_for(lambda: says(shown, State.STOPPING))
    model.release.set()
    shown.wait()
    assert model.passes["train"] == 4
    assert says(shown, State.STOPPED)


def test_waiting_for_a_paused_run_lets_it_go_on():
    model = counted_model(hold_at=("train", 2))
    shown = live(model)
    assert model.arrived.wait(PATIENCE)
    shown.pause()
    model.release.set()
    wait_for(lambda: says(shown, State.PAUSED))
    assert shown.wait().epochs == 3


def test_an_error_is_shown_in_one_sentence_with_its_traceback_and_raised_by_wait():
    def breaks(progress):
        raise RuntimeError("no <b>batch</b> was expected\nmore about it")

    shown = live(on_batch=breaks)
    with pytest.raises(RuntimeError, match="was expected"):
        shown.wait()
    assert says(shown, State.FAILED)
    assert "RuntimeError: no &lt;b&gt;batch&lt;/b&gt; was expected</div>" in page(shown)
    assert "more about it" in shown._traceback.value
    assert "in breaks" in shown._traceback.value
    assert shown._traceback.layout.display != "none"


def test_an_unknown_keyword_is_an_error_in_the_cell_and_nothing_starts():
    model = counted_model()
    before = set(threading.enumerate())
    with pytest.raises(TypeError, match="learning"):
        live(model, learning_rat=0.1)
    assert set(threading.enumerate()) <= before
    assert model.passes["train"] == 0


def test_running_the_cell_again_stops_the_old_run_before_the_new_one_trains():
    held = counted_model(hold_at=("train", 2))
    old = live(held)
    assert held.arrived.wait(PATIENCE)
    fresh = counted_model()
    new = live(fresh)
    wait_for(lambda: says(old, State.STOPPING))
    assert fresh.passes["train"] == 0  # the old batch is still under way
    held.release.set()
    new.wait()
    wait_for(lambda: says(old, State.STOPPED))
    assert held.passes["train"] == 2
    assert words.ANOTHER_RUN in page(old)
    assert fresh.passes["train"] == 3 * NUM_BATCHES
    assert says(new, State.DONE)


def test_the_same_model_run_again_goes_on_untouched_by_the_old_run():
    model = counted_model(hold_at=("train", 2))
    live(model)
    assert model.arrived.wait(PATIENCE)
    again = live(model)
    model.release.set()
    assert again.wait().epochs == 3
    assert not model._forward_pre_hooks


def test_an_interrupted_wait_stops_the_run_and_keeps_the_history(monkeypatch):
    model = counted_model(hold_at=("train", NUM_BATCHES + 1))
    shown = live(model)
    assert model.arrived.wait(PATIENCE)

    ordinary = shown._worker.over.wait

    def interrupted(seconds=None):
        if threading.current_thread() is not threading.main_thread():
            return ordinary(seconds)  # the drawing thread waits for the same event
        model.release.set()
        raise KeyboardInterrupt

    monkeypatch.setattr(shown._worker.over, "wait", interrupted)
    assert shown.wait().epochs == 1
    assert model.passes["train"] <= NUM_BATCHES + 2
    assert shown.frame.state is State.STOPPED


def test_a_judge_may_be_handed_in():
    shown = live(say=lambda frame: f"<{frame.epochs_done} epochs>")
    shown.wait()
    assert "&lt;3 epochs&gt;" in page(shown)


def test_where_nobody_watches_the_run_is_over_when_the_call_returns(monkeypatch):
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    before = set(threading.enumerate())
    shown = live()
    assert shown.history.epochs == 3
    assert says(shown, State.DONE)
    assert len(shown.frame.trace) == 3 * NUM_BATCHES  # drawn once, and complete all the same
    assert set(threading.enumerate()) <= before


def test_where_nobody_watches_a_long_run_ends_at_its_budget_and_says_so(monkeypatch):
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    model = counted_model(seconds=0.02)
    shown = live(model, num_epochs=1000, headless_seconds=0.5)
    assert says(shown, State.STOPPED)
    assert words.BUDGET.format(seconds=0.5) in page(shown)
    assert model.passes["train"] < 500  # of 6,000


def test_where_nobody_watches_an_error_is_raised_in_the_cell(monkeypatch):
    monkeypatch.setenv("COURSE_HEADLESS", "1")

    def breaks(progress):
        raise RuntimeError("not today")

    with pytest.raises(RuntimeError, match="not today"):
        live(on_batch=breaks)


def test_the_static_forms_show_the_finished_run(monkeypatch):
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    shown = live()
    data, _ = shown._repr_mimebundle_()
    assert len(re.findall(r"^epoch ", data["text/plain"], re.M)) == 4  # state line and 3 epochs
    drawn = shown.picture().standalone()
    assert words.loss(shown.history["val_loss"][-1]) in drawn
    assert "Run this cell to train live" in drawn


def test_training_leaves_the_readers_thread_count_alone():
    torch.set_num_threads(2)
    try:
        live().wait()
        inherited = []
        thread = threading.Thread(target=lambda: inherited.append(torch.get_num_threads()))
        thread.start()
        thread.join()
        assert (torch.get_num_threads(), inherited) == (2, [2])
    finally:
        torch.set_num_threads(1)


def test_a_process_that_ends_in_the_middle_of_a_run_ends_cleanly():
    # a daemon thread inside torch at that moment ends the process with SIGABRT
    code = """
import time, torch
from torch.utils.data import TensorDataset
from course_lib import MLP, make_loader
from course_lib.widgets import train_live
data = TensorDataset(torch.randn(2000, 784), torch.randint(0, 10, (2000,)))
run = train_live(MLP(hidden=512), make_loader(data, 32), make_loader(data, 500), 10_000)
while run.frame.epoch < 2:
    time.sleep(0.01)
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=200
    )
    assert (done.returncode, done.stderr) == (0, "")
