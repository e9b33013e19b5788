"""Every mistake of the clinic, planted and run for real: found where it is, seen in the trace.

The oracle of the audit's line is the planted text itself: the lines that a mistake can show at are
named here by their code, not by a number.
"""

import difflib
import math
from functools import cache

import pytest
import torch

from course_lib.widgets.bugs import bug_names, plant_bug
from course_lib.widgets.bugs.planting import (
    find_bug,
    load_bugs,
    mended_rows,
    planted_in,
    sick_rows,
    working_loop,
)
from course_lib.widgets.bugs.readings import epoch_in_words, readings
from course_lib.widgets.bugs.running import LoopRun, run_loop

SEEDS = (0, 11)  # the clinic's own, and one that nobody looked at
SHOWS_AT = {  # where a reader would point at
    "no zero_grad": "optimizer.step()",
    "zero_grad after backward": "optimizer.zero_grad()",
    "no eval()": "outputs = model(images)",
    "no no_grad": "outputs = model(images)",
    "never back to train()": "outputs = model(images)",
    "losses.append(loss)": "loss.backward()",
    "scheduler before optimizer": "scheduler.step()",
    "parameters missing from the optimizer": "outputs = model(images)",
    "softmax before CrossEntropyLoss": "loss = loss_fn(outputs, labels)",
    "test data in training": "loss.backward()",
}


@cache
def run(name: str | None, seed: int) -> LoopRun:
    return plant_bug(name, seed)


def values(one: LoopRun) -> dict[str, str]:
    return {reading.key: reading.value for reading in readings(one.trace)}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_working_loop_works_and_nothing_is_found(seed):
    working = run(None, seed)
    assert working.findings == [] and working.warnings == []
    assert working.history.epochs == 6 and working.history["val_accuracy"][-1] > 0.7
    assert abs(working.test_accuracy - working.history["val_accuracy"][-1]) < 0.12


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", bug_names())
def test_each_mistake_is_found_alone_and_at_its_line(name, seed):
    sick = run(name, seed)
    assert [finding.code for finding in sick.findings] == [find_bug(name).finding]
    (line,) = sick.lines
    assert sick.text.splitlines()[line - 1].strip() == SHOWS_AT[name]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", bug_names())
def test_each_mistake_changes_the_reading_that_it_should(name, seed):
    usual, now = values(run(None, seed)), values(run(name, seed))
    changed = {key for key in usual if usual[key] != now[key]}
    also = {"zero_grad after backward": {"summed"}}.get(name, set())
    assert changed == {find_bug(name).look} | also


@pytest.mark.parametrize("seed", SEEDS)
def test_the_symptoms_are_those_that_the_texts_tell(seed):
    healthy = run(None, seed)
    end = {name: run(name, seed).history["train_loss"][-1] for name in bug_names()}
    usual = healthy.history["train_loss"][-1]
    assert end["no zero_grad"] > usual + 0.5
    assert 2.2 < end["zero_grad after backward"] < 2.7
    assert end["parameters missing from the optimizer"] > usual + 0.2
    assert end["never back to train()"] < usual
    assert end["softmax before CrossEntropyLoss"] > math.log((math.e + 9) / math.e)
    sick = run("no eval()", seed).history["val_loss"]
    assert sick[-1] > healthy.history["val_loss"][-1]
    for name in ("no no_grad", "losses.append(loss)"):
        assert run(name, seed).history["val_loss"] == healthy.history["val_loss"]
    leak = run("test data in training", seed)
    assert leak.test_accuracy > leak.history["val_accuracy"][-1] + 0.05
    (warning,) = run("scheduler before optimizer", seed).warnings
    assert "lr_scheduler.step()` before `optimizer.step()" in warning


def test_readings_of_the_working_loop_by_arithmetic():
    found = values(run(None, 0))
    assert found["summed"] == "1" and found["moved"] == "6 of 6"  # 2 linear and 1 norm: 2 each
    assert found["rates"] == ".2 .2 .1 .1"  # StepLR(2, 0.5) from 0.2
    assert found["trained"] == found["measured"] == found["graphless"] == "all batches"
    assert (found["alive"], found["given"], found["learned"]) == ("0", "raw scores", "train")


def test_readings_of_sick_loops_by_arithmetic():
    assert values(run("no zero_grad", 0))["summed"] == "120"  # 6 epochs of 500 / 25 batches
    assert values(run("losses.append(loss)", 0))["alive"] == "19"  # 20 an epoch, minus the newest
    assert values(run("never back to train()", 0))["trained"] == "20 of 120"
    assert values(run("parameters missing from the optimizer", 0))["moved"] == "2 of 6"
    assert values(run("scheduler before optimizer", 0))["rates"] == ".2 .1 .1 .05"
    assert values(run("test data in training", 0))["learned"] == "train + test"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (None, "train() · 20 × ({step}) · scheduler.step() · eval() · 12 × ({held})"),
        ("no eval()", "train() · 20 × ({step}) · scheduler.step() · 12 × ({held})"),
        ("never back to train()", "20 × ({step}) · scheduler.step() · eval() · 12 × ({held})"),
        (
            "scheduler before optimizer",
            "train() · scheduler.step() · 20 × ({step}) · eval() · 12 × ({held})",
        ),
    ],
)
def test_an_epoch_in_words_is_the_code_read_aloud(name, words):
    step, held = "forward loss zero_grad backward step", "forward loss"
    assert epoch_in_words(run(name, 0).trace) == words.format(step=step, held=held)


def test_the_order_of_the_four_steps_is_in_the_words():
    assert "20 × (forward loss backward zero_grad step)" in epoch_in_words(
        run("zero_grad after backward", 0).trace
    )


@pytest.mark.parametrize("bug", load_bugs(), ids=lambda bug: bug.name)
def test_marks_are_the_difference_of_the_two_texts(bug):
    sick = planted_in(working_loop(), bug)
    rows = sick_rows(bug)
    assert [row.text for row in rows if row.number] == sick.splitlines()
    assert [row.number for row in rows if row.number] == [*range(1, len(sick.splitlines()) + 1)]
    changes = list(difflib.ndiff(sick.splitlines(), working_loop().splitlines()))
    marked = {(row.mark, row.text) for row in rows if row.mark}
    assert marked == {
        ("planted" if line[0] == "-" else "missing", line[2:])
        for line in changes
        if line[0] in "+-"
    }
    mended = {row.text for row in mended_rows(bug) if row.mark}
    assert mended == {line[2:] for line in changes if line[0] == "+"}


def test_what_was_moved_is_the_line_that_the_mistake_is_named_after():
    for name, code in (
        ("zero_grad after backward", "optimizer.zero_grad()"),
        ("scheduler before optimizer", "scheduler.step()"),
    ):
        rows = [row for row in sick_rows(find_bug(name)) if row.mark]
        assert [row.text.strip() for row in rows] == [code, code]
        assert {row.mark for row in rows} == {"planted", "missing"}


def test_what_runs_is_the_text_and_nothing_else():
    text = working_loop().replace("range(6)", "range(2)")
    seen = []
    short = run_loop(text, on_epoch=lambda history: seen.append(history.epochs))
    assert short.text == text and short.history.epochs == 2 and seen == [1, 2]


def test_a_run_gives_back_the_random_state_and_the_threads():
    torch.manual_seed(3)
    expected, threads = torch.rand(3), torch.get_num_threads()
    torch.manual_seed(3)
    torch.set_num_threads(2)
    try:
        plant_bug(None)
        assert torch.equal(torch.rand(3), expected) and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


def test_the_same_seed_gives_the_same_run_and_another_one_another():
    assert plant_bug(None, 0).history == run(None, 0).history != run(None, 11).history


def test_an_error_in_a_loop_passes_through_and_leaves_no_recording_behind():
    with pytest.raises(ZeroDivisionError):
        run_loop("1 / 0")
    assert run_loop(working_loop()).findings == []


def test_an_unknown_mistake_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="no mistake 'typo'; there are: no zero_grad, "):
        plant_bug("typo")


def test_an_edit_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="stands 0 times in the loop"):
        planted_in("x = 1", load_bugs()[0])
