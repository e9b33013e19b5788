"""What is drawn never decides which mistake an answer is told."""

import random

import pytest

from course_lib.grading.checks.explaining import explain
from course_lib.grading.checks.stopping_rules import COUNTING, KEEPING, epochs_run, kept_epoch
from course_lib.grading.checks.stopping_runs import RIGHT_COUNTING, RIGHT_KEEPING
from course_lib.grading.checks.stopping_scripts import scripted_runs

DRAWS = [scripted_runs(random.Random(seed)).values() for seed in range(60)]
# Two ways to begin, which also count differently: by that they are told apart.
BEGINNINGS = {"from_one", "from_before"}
# They differ where a loss is NaN or equal only, and read the same sentence.
SAME_WORDS = {"not_above_training": "below_training"}


def mistakes(choices):
    return [
        pytest.param(aspect, value, id=f"{aspect}-{value}")
        for aspect, values in choices.items()
        for value in values[1:]
        if value not in BEGINNINGS
    ]


def named(wrong):
    return {aspect: SAME_WORDS.get(str(value), value) for aspect, value in wrong.items()}


@pytest.mark.parametrize(("aspect", "value"), mistakes(KEEPING))
def test_a_wrong_state_has_one_explanation_in_all_draws(aspect, value):
    told = []
    for runs in DRAWS:
        ends = [(run, epochs_run(run, RIGHT_COUNTING)) for run in runs]
        kept = [kept_epoch(*end, {**RIGHT_KEEPING, aspect: value}) for end in ends]

        def predicts(choices, ends=ends, kept=kept):
            return all(
                epoch is None or (said := kept_epoch(*end, choices)) is None or said == epoch
                for end, epoch in zip(ends, kept, strict=True)
            )

        told.append(named(explain(KEEPING, predicts, most_mistakes=1)))
    assert all(wrong == told[0] for wrong in told)


@pytest.mark.parametrize(("aspect", "value"), mistakes(COUNTING))
def test_a_wrong_count_has_one_explanation_in_all_draws(aspect, value):
    told = []
    for runs in DRAWS:
        seen = [epochs_run(run, {**RIGHT_COUNTING, aspect: value}) for run in runs]

        def predicts(choices, runs=runs, seen=seen):
            return [epochs_run(run, choices) for run in runs] == seen

        told.append(named(explain(COUNTING, predicts)))
    assert all(wrong == told[0] for wrong in told)
