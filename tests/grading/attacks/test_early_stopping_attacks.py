"""Cheats that need torch, against the real exercise 01."""

import tomllib
from pathlib import Path

import pytest

from course_lib.grading.batch import Grader, Setting
from course_lib.grading.checks.registry import exercise
from course_lib.grading.handouts import Handout
from course_lib.grading.results import ResultsFolder
from course_lib.grading.sandbox import processes
from course_lib.grading.sandbox.limits import Limits
from course_lib.grading.sandbox.stopped import SandboxError

HERE = Path(__file__).parent
HOSTILE = tomllib.loads((HERE / "hostile_early_stopping.toml").read_text(encoding="utf-8"))
RIGHT = HERE.parent / "checks" / "answers" / "early_stopping" / "right" / "textbook.py"


def handouts():
    return [Handout(exercise("early_stopping"), (), "early_stopping")]


@pytest.fixture(scope="module", params=["bubblewrap", "process"])
def early_stopping_grader(request):
    try:
        grader = Grader(Setting(handouts, request.param, Limits(cpu_seconds=5, wall_factor=4)))
    except SandboxError as reason:
        pytest.skip(str(reason))
    with grader:
        yield grader


def graded(grader, source):
    import json

    cell = {"cell_type": "code", "source": source}
    content = json.dumps({"nbformat": 4, "metadata": {}, "cells": [cell]}).encode()
    return grader.grade("one.ipynb", content, ResultsFolder(None))


def test_a_grader_that_waits_needs_less_than_a_gigabyte(early_stopping_grader):
    """Before the attacks, with torch and all that the answers need in every process."""
    sandbox = early_stopping_grader._sandbox
    if sandbox.isolation != "bubblewrap":
        pytest.skip("without bubblewrap nothing waits")
    with sandbox.open("early_stopping"):
        pids = [sandbox._zygote.process.pid]
        use = processes.use_of(pids + processes.descendants(pids[0]), 0)
        assert use.processes >= 4
        assert use.memory < 2**30 * 1.5  # each page counted in each process that shares it
        largest = max(processes.use_of([pid], 0).memory for pid in processes.descendants(pids[0]))
        assert 2**26 < largest < 2**29


@pytest.mark.parametrize("name", HOSTILE)
def test_an_attack_earns_nothing(name, early_stopping_grader):
    attack = HOSTILE[name]
    row = graded(early_stopping_grader, attack["code"])
    assert row.status in attack.get("status", ["graded"]), row
    assert row.score == 0, row
    assert row.max_score == 10


def test_after_all_attacks_a_right_answer_is_right(early_stopping_grader):
    row = graded(early_stopping_grader, RIGHT.read_text(encoding="utf-8"))
    assert (row.status, row.score, row.max_score) == ("graded", 10, 10), row
