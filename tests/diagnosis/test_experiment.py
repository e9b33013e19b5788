"""Real runs, labelled by their counterfactuals, and what experiments make of them."""

import math
from typing import Any

import numpy as np
import pytest

from course_lib import diagnose, diagnose_by_experiment
from course_lib.diagnosis import experiment
from tools.diagnosis import labels
from tools.diagnosis.generate import run_problem
from tools.diagnosis.measure_experiment import measure

CONFIGS = [
    {
        "dataset": "tabular", "model": "mlp", "n_train": 200, "n_val": 200, "label_noise": 0.1,
        "optimizer": "adam", "batch_size": 32, "epochs": 15, "activation": "relu", "norm": None,
        "depth": 1, "width": 16, "big": 48, "schedule": None,
    },
    {
        "dataset": "friedman1", "model": "mlp", "n_train": 200, "n_val": 200, "label_noise": 0.2,
        "optimizer": "momentum", "batch_size": 32, "epochs": 15, "activation": "relu",
        "norm": None, "depth": 2, "width": 16, "big": 48, "schedule": None,
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def problems() -> list[dict[str, Any]]:
    return [run_problem(config, 11 + i) for i, config in enumerate(CONFIGS)]


def test_experiments_settle_nine_labels_in_ten(problems):
    rows = measure(problems)
    kinds = sorted({row[0] for row in rows})
    assert len(rows) > 60 and len(kinds) >= 5
    recall = [np.mean([row[2] == kind for row in rows if row[0] == kind]) for kind in kinds]
    assert np.mean(recall) >= 0.9
    alone = [np.mean([row[1] == kind for row in rows if row[0] == kind]) for kind in kinds]
    assert np.mean(recall) > np.mean(alone)
    assert max(row[4] for row in rows) <= 5


def run(train, val=None):
    return {"train_loss": train, "val_loss": train if val is None else val}


FLAT = [1.0] * 10
SLOW = [1.0 - 0.02 * k for k in range(10)]
FAST = [0.9**k for k in range(10)]
ASKED = {"task": "regression", "baseline_loss": 1.0}


def test_the_first_run_that_comes_out_otherwise_decides():
    asked_for = []

    def make_run(*, lr_factor=1.0, more_capacity=False):
        asked_for.append((lr_factor, more_capacity))
        return run(FAST) if lr_factor == 10 else run(SLOW)

    verdict = diagnose_by_experiment(make_run, run(SLOW), **ASKED)
    assert verdict.label == "lr_too_low" and verdict.sure
    assert asked_for[-1] == (10.0, False) and len(verdict.experiments) == len(asked_for)
    # 0.9**8 and 0.9**9: mean 0.409; 1 - 0.02 * 8.5 = 0.83
    assert "At 10 times the learning rate" in verdict.experiments[-1]
    assert "ended at 0.4089 instead of 0.83" in verdict.experiments[-1]


def test_a_tenth_that_ends_lower_means_too_high():
    verdict = diagnose_by_experiment(
        lambda lr_factor: run(FAST) if lr_factor < 1 else run([9.0] * 10), run(SLOW), **ASKED
    )
    assert verdict.label == "lr_too_high"


def test_where_nothing_helps_a_run_that_learnt_nothing_has_a_bug_and_another_is_healthy():
    def same(history):
        return lambda lr_factor=1.0, more_capacity=False: history

    flat, fast = run(FLAT), run(FAST)
    assert diagnose_by_experiment(same(flat), flat, **ASKED).label == "not_learning"
    assert diagnose_by_experiment(same(fast), fast, **ASKED).label == "healthy"


def test_a_bigger_model_that_validates_better_means_underfitting():
    held = [0.6 + 0.4 * 0.5**k for k in range(10)]

    def make_run(*, lr_factor=1.0, more_capacity=False):
        return run(FAST) if more_capacity else run(held)

    assert diagnose_by_experiment(make_run, run(held), **ASKED).label == "underfitting"

    def only_by_heart(*, lr_factor=1.0, more_capacity=False):
        return run(FAST, held) if more_capacity else run(held)

    assert diagnose_by_experiment(only_by_heart, run(held), **ASKED).label == "healthy"


def test_a_rise_that_survives_a_tenth_of_the_rate_is_overfitting():
    rising = run(FAST, [0.9, 0.6, 0.5, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8])
    verdict = diagnose_by_experiment(lambda lr_factor: run(SLOW), rising, **ASKED)
    assert verdict.label == "overfitting" and verdict.sure


def test_a_divergence_is_run_again_at_a_tenth():
    asked_for = []

    def make_run(**change):
        asked_for.append(change)
        return run(FAST)

    verdict = diagnose_by_experiment(make_run, run([1.0, math.nan]), **ASKED)
    assert verdict.label == "diverged" and asked_for == [{"lr_factor": 0.1}]
    assert "instead of NaN" in verdict.experiments[0]


def test_few_runs_leave_it_unsure():
    verdict = diagnose_by_experiment(
        lambda lr_factor=1.0, more_capacity=False: run(SLOW), run(SLOW), max_runs=1, **ASKED
    )
    assert not verdict.sure and len(verdict.experiments) == 1


def test_without_an_epoch_nothing_is_run():
    def never(**change):
        raise AssertionError

    assert diagnose_by_experiment(never, {}) == diagnose({})
    with pytest.raises(ValueError, match="at least 1"):
        diagnose_by_experiment(never, run(FAST), max_runs=0)


@pytest.mark.parametrize("history", [{}, {"train_loss": []}, {"val_loss": FAST}])
def test_a_run_that_tells_nothing_settles_nothing(history):
    with pytest.raises(ValueError, match="without a training loss"):
        diagnose_by_experiment(lambda **change: history, run(SLOW), **ASKED)


def test_a_run_that_cannot_be_made_otherwise_is_refused():
    with pytest.raises(ValueError, match="has to take lr_factor"):
        diagnose_by_experiment(lambda: run(FAST), run(SLOW), **ASKED)


def test_without_a_training_loss_nothing_is_run():
    def never(**change):
        raise AssertionError

    only = {"val_loss": SLOW}
    assert diagnose_by_experiment(never, only, **ASKED) == diagnose(only, **ASKED)


def test_a_validation_that_never_gave_a_number_is_not_settled_by_a_run():
    broken = run(FAST, [math.nan] * 10)
    verdict = diagnose_by_experiment(lambda **change: broken, broken, **ASKED)
    assert verdict.label == "diverged" and not verdict.sure and len(verdict.experiments) == 1


def test_an_exception_in_the_run_comes_through():
    def broken(lr_factor):
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        diagnose_by_experiment(broken, run(SLOW), **ASKED)


def test_limits_are_those_of_the_labels():
    for mine, (low, high) in [
        (experiment.LOWER_BY, labels.LOWER_BY),
        (experiment.RISES_BY, labels.RISES_BY),
        (experiment.RISES_TIMES, labels.RISES_TIMES),
        (experiment.SMALLER_TRAIN, labels.SMALLER_TRAIN),
        (experiment.SMALLER_VAL, labels.SMALLER_VAL),
    ]:
        assert low < mine < high


def test_a_calmer_run_that_learns_nothing_either_is_no_sign_of_a_rate_too_high():
    def make_run(*, lr_factor=1.0, more_capacity=False):
        return run(FLAT) if lr_factor < 1 else run([1.2] * 10)

    assert diagnose_by_experiment(make_run, run([1.2] * 10), **ASKED).label == "not_learning"
