"""The dashboard's judgement: asked seldom, never a reason to stop, and as unsure as it is."""

import math

import pytest
import torch
from live_training_small_run import counted_model, loaders
from torch import nn

from course_lib import diagnose
from course_lib.non_finite import NonFiniteLossError
from course_lib.widgets import train_live
from course_lib.widgets.live_training import judging, picture, words
from course_lib.widgets.live_training.judging import Judge, Task, judge
from course_lib.widgets.live_training.progress import Frame, State

TRAIN = tuple(2.3 * 0.8**n for n in range(1, 41))
VAL = (*(2.3 * 0.85**n for n in range(1, 11)), *(0.45 + 0.03 * n for n in range(1, 31)))


def frame(epochs, state=State.RUNNING, **more):
    return Frame(
        60, state, epoch=epochs, train_loss=TRAIN[:epochs], val_loss=VAL[:epochs],
        score=(0.8,) * epochs, **more,
    )  # fmt: skip


def test_it_says_what_diagnose_says_of_the_same_numbers():
    found = judge(frame(40), Task(num_classes=10))
    history = {"train_loss": TRAIN, "val_loss": VAL, "val_accuracy": [0.8] * 40}
    assert found == diagnose(history, num_classes=10)
    assert found.label == "overfitting"  # the validation loss doubled


@pytest.mark.parametrize("state, first", [(State.RUNNING, 5), (State.DONE, 3)])
def test_it_waits_for_enough_epochs(state, first):
    judged = [judge(frame(epochs, state), Task()) is not None for epochs in range(1, 8)]
    assert judged == [epochs >= first for epochs in range(1, 8)]


def test_a_loss_that_is_no_number_is_judged_at_once():
    broken = frame(0, State.FAILED, broke=(1, 3))
    assert judge(broken, Task()).label == "diverged"


def test_a_diagnosis_is_made_once_an_epoch_however_often_it_is_drawn(monkeypatch):
    asked = []
    judging._diagnosed.cache_clear()
    monkeypatch.setattr(judging, "diagnose", lambda h, **k: asked.append(len(h["val_loss"])))
    for _ in range(50):
        judge(frame(20), Task())
    judge(frame(21), Task())
    assert asked == [20, 21]


def test_of_a_long_run_only_some_lengths_are_judged_and_its_end_always(monkeypatch):
    asked = set()
    judging._diagnosed.cache_clear()
    monkeypatch.setattr(judging, "diagnose", lambda h, **k: asked.add(len(h["val_loss"])))
    for epochs in range(1, 2001):
        judge(
            Frame(3000, State.RUNNING, train_loss=(1.0,) * epochs, val_loss=(1.0,) * epochs), Task()
        )
    assert 100 < len(asked) < 400
    judge(Frame(3000, State.DONE, train_loss=(1.0,) * 1999, val_loss=(1.0,) * 1999), Task())
    assert 1999 in asked


def test_a_judge_that_fails_leaves_the_numbers(monkeypatch):
    judging._diagnosed.cache_clear()

    def breaks(history, **keywords):
        raise ZeroDivisionError

    monkeypatch.setattr(judging, "diagnose", breaks)
    assert Judge(nn.Linear(1, 1))(frame(30)) == words.say(frame(30))


def test_the_sentence_is_as_sure_as_the_diagnosis():
    sure, unsure = frame(40, State.DONE), frame(9)
    for shown in (sure, unsure):
        found = judge(shown, Task(num_classes=10))
        said = words.verdict(found, over=shown.state.over)
        assert words.LABELS[found.label] in said
        assert f"{100 * found.confidence:.0f} %" in said
        assert ("not settled" in said) == (not found.sure)
        assert said.startswith("So far") == (not shown.state.over)
    assert judge(sure, Task(num_classes=10)).sure


def test_the_number_of_classes_is_read_off_the_first_outputs_and_nothing_stays_behind():
    model = nn.Sequential(nn.Linear(4, 7))
    judged = Judge(model)
    model(torch.zeros(3, 4))
    assert judged.task == Task("classification", 7)
    assert not model._forward_hooks


@pytest.mark.parametrize(
    "loss_fn, task",
    [
        (None, Task()),
        (nn.CrossEntropyLoss(), Task()),
        (nn.BCEWithLogitsLoss(), Task(num_classes=2)),
        (nn.MSELoss(), Task("regression")),
        (lambda outputs, targets: outputs.mean(), None),
    ],
)
def test_the_task_follows_from_the_loss(loss_fn, task):
    model = nn.Linear(4, 1)
    assert Judge(model, loss_fn).task == task
    if task is not None and task.name == "regression":
        assert not model._forward_hooks


def test_the_dashboard_says_it_by_default(monkeypatch):
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    shown = train_live(counted_model(), *loaders(), 6)
    found = diagnose(shown.history, num_classes=3)
    assert words.verdict(found) in shown._page.value


def test_a_run_that_meets_nan_is_drawn_and_told(monkeypatch):
    monkeypatch.delenv("COURSE_HEADLESS", raising=False)
    model = counted_model()

    def spoil(batch):
        if (batch.epoch, batch.batch) == (2, 3):
            with torch.no_grad():
                next(model.parameters()).fill_(math.nan)

    shown = train_live(model, *loaders(), 5, on_batch=spoil)
    with pytest.raises(NonFiniteLossError):
        shown.wait()
    assert shown.frame.broke == (2, 4)
    assert shown.frame.blew_up == pytest.approx(1 + 4 / 6)
    assert "epoch 2, batch 4. Likely cause:" in shown._page.value
    assert words.verdict(judge(shown.frame, Task())) in shown._page.value
    drawn = picture.whole(shown.frame, "").standalone()
    assert words.NO_NUMBER in drawn and "nan" not in drawn
