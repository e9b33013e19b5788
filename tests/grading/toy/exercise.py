"""A small exercise of the tests' own, and the ways to make and grade submissions to it.

``double_all(numbers, offset)`` gives ``2 * number + offset`` for each number, as a list of floats,
and refuses a negative offset with a ValueError.
"""

import json
from pathlib import Path

from course_lib.grading.exercise import Check, Exercise, Fail
from course_lib.grading.handouts import Handout
from course_lib.grading.notebook_cells import cells_of

DRIVERS = Path(__file__).parent / "drivers"
RIGHT = """\
def double_all(numbers, offset):
    if offset < 0:
        raise ValueError("offset must not be negative")
    return [2 * number + offset for number in numbers]
"""
STUB = 'def double_all(numbers, offset):\n    raise NotImplementedError("yours")\n'
FULL = 5


def _computes(call, rng):
    numbers = [rng.uniform(-9, 9) for _ in range(5)]
    offset = rng.randint(3, 10**6)
    outcome = call({"numbers": numbers, "offset": offset})
    if "raised" in outcome:
        raise Fail("{type}: {message}".format(**outcome["raised"]), "raised")
    if outcome["values"] != [2 * number + offset for number in numbers]:
        raise Fail("The values are not twice the numbers plus the offset.", "wrong_values")


def _refuses(call, rng):
    if call({"numbers": [1.0], "offset": -rng.randint(1, 9)}).get("refused") is not True:
        raise Fail("A negative offset is not refused.", "not_refused")


EXERCISE = Exercise(
    "toy",
    "99_toy",
    "A toy",
    ("double_all",),
    (Check("computes", 3, _computes), Check("refuses", 2, _refuses)),
)


def marks(grade_id, **more):
    marked = {"schema_version": 3, "grade_id": grade_id, "locked": False, "task": False}
    return {"nbgrader": {**marked, "grade": False, "solution": False, **more}}


def cell(source, metadata=None, kind="code"):
    made = {"cell_type": kind, "metadata": metadata or {}, "source": source}
    return {**made, "outputs": [], "execution_count": None} if kind == "code" else made


def notebook(answer=RIGHT):
    """A submission as it should be."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "cells": [
            cell("# A toy", kind="markdown"),
            cell("import math\nimport json as js\nLIMIT = 3\nprint(1 / 0)"),
            cell(answer, marks("toy-answer", solution=True)),
            cell("check('toy', double_all)", marks("toy-check", grade=True, points=5)),
        ],
    }


def handouts():
    return [Handout(EXERCISE, tuple(cells_of(notebook(STUB))), "toy_driver")]


def write(path, content):
    """A submission from a notebook, an answer cell's source, or bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        content = notebook(content)
    if isinstance(content, dict):
        content = json.dumps(content).encode()
    path.write_bytes(content)
    return path
