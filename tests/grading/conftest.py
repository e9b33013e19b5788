"""One grader for each isolation: starting them is most of the cost of a test."""

import json
import sys
from pathlib import Path

import pytest

from course_lib.cli.grade_command import handouts
from course_lib.grading.batch import Grader, Setting
from course_lib.grading.results import ResultsFolder
from course_lib.grading.sandbox import kernel
from course_lib.grading.sandbox.limits import Limits
from course_lib.grading.sandbox.stopped import SandboxError

sys.path.insert(0, str(Path(__file__).parent))  # toy.exercise, in the processes of a batch too

from toy import exercise as toy

LIMITS = Limits(cpu_seconds=2, wall_factor=4)


@pytest.fixture(autouse=True)
def figures_of_answers_closed():
    """An answer judged in this process may open a figure outside of any call: it stays open."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


def setting_for(isolation, limits=LIMITS):
    return Setting(toy.handouts, isolation, limits, toy.DRIVERS)


def _grader(isolation, limits):
    try:
        return Grader(setting_for(isolation, limits))
    except SandboxError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def _graders():
    open_ones = {}
    yield open_ones
    for grader in open_ones.values():
        grader.__exit__()


@pytest.fixture(params=["bubblewrap", "process"])
def isolation(request):
    return request.param


@pytest.fixture
def limits():
    return LIMITS


@pytest.fixture
def grader(isolation, limits, _graders):
    if kernel.on_linux:
        kernel.adopt_orphans()  # what escapes shows up below this process
    if (isolation, limits) not in _graders:
        _graders[isolation, limits] = _grader(isolation, limits)
    return _graders[isolation, limits]


@pytest.fixture
def setting(isolation, grader):  # the grader, because it skips where this isolation does not work
    return setting_for(isolation)


@pytest.fixture
def grade(grader):
    """Grade the source of an answer cell, or a whole notebook; the row."""

    def grade(content, name="one.ipynb"):
        if isinstance(content, str):
            content = toy.notebook(content)
        if isinstance(content, dict):
            content = json.dumps(content).encode()
        return grader.grade(name, content, ResultsFolder(None))

    return grade


@pytest.fixture(scope="module")
def earned():
    """What an answer cell earns: which of the course's exercises it is, and its points."""
    try:
        grader = Grader(Setting(handouts, "auto", Limits(cpu_seconds=10)))
    except SandboxError as reason:
        pytest.skip(str(reason))

    def earned(source):
        cell = {"cell_type": "code", "source": source}
        content = json.dumps({"nbformat": 4, "metadata": {}, "cells": [cell]}).encode()
        row = grader.grade("one.ipynb", content, ResultsFolder(None))
        assert row.status in ("graded", "unsolved"), row
        return row.exercise, row.score

    with grader:
        yield earned
