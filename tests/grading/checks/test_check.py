"""What a reader meets in the notebook: three kinds of answer, hints by steps, a quiet stderr."""

import copy
import re
import sys

import pytest

from course_lib.cli import main
from course_lib.grading import progress
from course_lib.grading.check import CheckFailed, check, hint
from course_lib.grading.checks.registry import FILES, exercise
from course_lib.grading.exercise import Check, Exercise
from course_lib.grading.running import Unsolved, run_checks
from tools.mistake_table import written_answers


@pytest.fixture(autouse=True)
def progress_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "folder" / "progress.json"))


def answer(name, stem):
    return next(a for a in written_answers(name) if a.path.stem == stem).load()[1]


def test_a_right_answer_prints_one_line_for_each_thing_and_returns_nothing(capsys):
    assert check("accumulation", answer("accumulation", "divide_gradients")) is None
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0] == "Gradient accumulation: 10 of 10 points"
    assert len(lines) == 1 + len(exercise("accumulation").checks)
    assert all(line.startswith("right  ") for line in lines[1:])
    assert printed.err == ""


def test_the_stub_is_not_solved_yet(capsys):
    def train_one_epoch_accumulated(*_):
        raise NotImplementedError("write your solution here")

    with pytest.raises(CheckFailed, match="is not solved yet"):
        check("accumulation", train_one_epoch_accumulated)
    assert capsys.readouterr() == ("", "")


def test_concepts_without_an_answer_are_not_solved_yet():
    with pytest.raises(CheckFailed, match="is not solved yet"):
        check("concepts", iterations_per_epoch=..., weight_updates=None)


def test_concepts_take_a_dict_or_names(capsys):
    given = answer("concepts", "plain")
    check("concepts", given)
    check("concepts", **given)
    assert capsys.readouterr().out.count("10 of 10 points") == 2


def test_a_wrong_answer_reads_what_is_wrong(capsys):
    with pytest.raises(CheckFailed, match=r"One thing is not right yet\. The last group is dropp"):
        check("accumulation", answer("accumulation", "last_group_dropped"))
    out = capsys.readouterr().out
    assert "Gradient accumulation: 8 of 10 points" in out
    assert "WRONG  The smaller group at the end" in out
    assert "The last group is dropped: with 5 batches" in out


def test_an_error_in_the_answer_is_told_with_its_line(capsys):
    with pytest.raises(CheckFailed, match="Your code raised NameError") as failed:
        check("accumulation", answer("accumulation", "typo"))
    assert "optimiser.step()" in str(failed.value)
    assert "course_lib" not in str(failed.value)
    out = capsys.readouterr().out
    assert out.count("Your code raised NameError") == 1
    assert out.count("The same as above.") == 7


def test_a_failure_shows_its_message_only():
    shown = CheckFailed("Not right.")._render_traceback_()
    assert shown == ["CheckFailed: Not right."]


def test_the_text_is_the_same_at_every_run(capsys):
    wrong = answer("early_stopping", "off_by_one_late")
    printed = []
    for _ in range(2):
        with pytest.raises(CheckFailed):
            check("early_stopping", wrong)
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]


def test_what_the_answer_prints_stays_out(capsys):
    right = answer("accumulation", "divide_gradients")

    def noisy(*arguments):
        print("epoch 1")
        print("warning", file=sys.stderr)
        return right(*arguments)

    check("accumulation", noisy)
    printed = capsys.readouterr()
    assert "epoch 1" not in printed.out
    assert printed.err == ""


def test_hints_come_one_by_one_and_end_at_the_solution(capsys):
    for _ in range(3):
        hint("dashboard")
    printed = capsys.readouterr().out
    assert re.findall(r"Hint (\d) of 2", printed) == ["1", "2"]
    assert "solutions/04_live_dashboard.ipynb" in printed
    hint("dashboard", 1)
    assert "Hint 1 of 2" in capsys.readouterr().out
    with pytest.raises(ValueError, match="count from 1"):
        hint("dashboard", 0)


def test_progress_keeps_the_best_try(capsys):
    with pytest.raises(CheckFailed):
        check("accumulation", answer("accumulation", "last_group_dropped"))
    assert progress.read()["accumulation"] == {"points": 8, "max_points": 10, "tries": 1}
    check("accumulation", answer("accumulation", "divide_gradients"))
    with pytest.raises(CheckFailed):
        check("accumulation", answer("accumulation", "last_group_dropped"))
    assert progress.read()["accumulation"] == {"points": 10, "max_points": 10, "tries": 3}
    capsys.readouterr()
    assert main(["progress"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"03_gradient_accumulation +solved, 10 of 10 points, 3 tries", out)
    assert re.search(r"01_early_stopping +not tried yet", out)
    assert str(progress.progress_file()) in out


def test_an_unsolved_stub_is_no_try():
    with pytest.raises(CheckFailed):
        check("concepts")
    assert progress.read() == {}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"exercises": 3}', '{"exercises": {"a": 1}}'])
def test_a_damaged_progress_file_is_taken_for_none(content):
    progress.progress_file().parent.mkdir()
    progress.progress_file().write_text(content)
    assert progress.read() == {}
    progress.note("dashboard", 3, 10)
    assert progress.read() == {"dashboard": {"points": 3, "max_points": 10, "tries": 1}}


def test_progress_that_cannot_be_written_bothers_nobody(monkeypatch, tmp_path):
    (tmp_path / "a_file").write_text("")
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "a_file" / "progress.json"))
    progress.note("dashboard", 3, 10)
    assert progress.read() == {}


def test_progress_can_be_forgotten(capsys):
    progress.note("dashboard", 3, 10)
    assert main(["progress", "--forget"]) == 0
    assert main(["progress", "--forget"]) == 0
    assert capsys.readouterr().out == "Forgotten.\nThere was nothing to forget.\n"


@pytest.mark.parametrize("name", FILES)
def test_a_forged_outcome_earns_nothing_and_breaks_nothing(name):
    """Whatever a hostile process sends back in an outcome's place, each check gives a verdict."""
    for outcome in ({}, {"state": 3}, {"returned": [], "bars": {}}, {"states": []}, {"form": None}):
        results = run_checks(exercise(name), lambda _, o=outcome: copy.deepcopy(o), Random())
        assert sum(result.points for result in results) == 0
        assert all(result.message for result in results)


def Random():  # noqa: N802 - reads as what it makes
    import random

    return random.Random(3)


def test_an_error_of_the_call_itself_is_not_taken_for_the_answers():
    def broken(scenario):
        raise ValueError("the sandbox is gone")

    with pytest.raises(ValueError, match="sandbox is gone"):
        run_checks(exercise("dashboard"), broken, Random())


def test_only_the_first_call_can_say_unsolved():
    not_yet = {"raised": {"type": "NotImplementedError", "message": "", "traceback": ""}}
    calls = []

    def call(scenario):
        calls.append(scenario)
        return not_yet if len(calls) > 1 else {"fine": True}

    def judge(call, rng):
        call({})

    two = Exercise("two", "two", "Two", ("x",), (Check("a", 1, judge), Check("b", 1, judge)))
    assert [result.passed for result in run_checks(two, call, Random())] == [True, True]
    with pytest.raises(Unsolved):
        run_checks(two, lambda _: not_yet, Random())
