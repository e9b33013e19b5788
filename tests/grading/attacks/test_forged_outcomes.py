"""Whatever a submission's process reports, a judge comes to an end and says so in a few words."""

import copy
import json
import math
import random

import numpy as np
import pytest

from course_lib.grading import values
from course_lib.grading.check import in_this_process
from course_lib.grading.checks.registry import FILES, exercise
from course_lib.grading.exercise import Check, Exercise, Fail
from course_lib.grading.running import Unsolved, run_checks
from tools.mistake_table import written_answers

SEED, TRIES = 3, 4
FORGED = [
    None, True, -1, 2**62, 1e308, math.inf, math.nan, "x" * 100_000, "{x}%s\x1b[2J\0=1", [], {},
    [[[]]], [{}] * 1000, [0] * 10_000, np.zeros(0), np.zeros(10**5), np.full((3, 3), np.nan),
    np.zeros((1,) * 32), np.full(4, 2**64 - 1, "uint64"),
]  # fmt: skip


def paths(value, before=()):
    """Where something stands in an outcome; * for each entry of a list."""
    if before:
        yield before
    if type(value) is dict:
        for key, item in value.items():
            yield from paths(item, (*before, key))
    elif type(value) is list and value:
        yield from paths(value[0], (*before, "*"))


def put(value, path, forged):
    if not path:
        return forged
    if type(value) is dict and path[0] in value:
        return {**value, path[0]: put(value[path[0]], path[1:], forged)}
    if type(value) is list and path[0] == "*":
        return [put(item, path[1:], forged) for item in value]
    return value


@pytest.mark.parametrize("name", FILES)
def test_a_forged_outcome_is_judged_like_any_other(name):
    right = in_this_process(exercise(name), next(iter(written_answers(name))).load()[1])
    outcomes = []

    def call(scenario):
        outcomes.append(right(scenario))
        return copy.deepcopy(outcomes[-1])

    assert all(result.passed for result in run_checks(exercise(name), call, random.Random(SEED)))
    places = sorted({path for outcome in outcomes for path in paths(outcome)})
    draw = random.Random(SEED)
    for path, forged in [(draw.choice(places), draw.choice(FORGED)) for _ in range(TRIES)]:
        told = iter([put(outcome, path, forged) for outcome in outcomes])

        def forger(scenario, told=told):
            return values.unpack(values.pack(next(told, {})), max_bytes=2**30)

        try:
            results = run_checks(exercise(name), forger, random.Random(SEED))
        except Unsolved:
            continue
        assert all(len(result.message) < 5000 for result in results), (path, forged)
        json.dumps([result.points for result in results], allow_nan=False)


def test_a_message_that_quotes_a_megabyte_is_cut_off():
    def judge(call, rng):
        raise Fail("This came back: " + "x" * 10**6, "long")

    asked = Exercise("long", "98_long", "Long", ("x",), (Check("long", 1, judge),))
    (result,) = run_checks(asked, lambda scenario: {}, random.Random(SEED))
    assert result.message.startswith("This came back: xxx")
    assert len(result.message) < 5000
