"""One history in, one clear answer out: also where the history is empty, broken or strange."""

import json
import math
import random
import time
import warnings

import numpy as np
import pytest
import torch

from course_lib import Diagnosis, History, diagnose
from course_lib.diagnosis import LABELS

NAN, INF = math.nan, math.inf
FALLING = [2.3 * 0.8**k + 0.3 for k in range(15)]


def check(verdict: Diagnosis) -> Diagnosis:
    """Whatever the history: a whole answer."""
    assert verdict.label in LABELS
    assert 0 <= verdict.confidence <= 1
    assert verdict.evidence and all(line.endswith(".") for line in verdict.evidence)
    assert verdict.advice and verdict.next_experiment
    assert sum(verdict.probabilities.values()) == pytest.approx(1)
    assert verdict.probabilities[verdict.label] == pytest.approx(
        max(verdict.probabilities.values())
    )
    assert verdict.label in str(verdict)
    return verdict


@pytest.mark.parametrize(
    "history",
    [
        {},
        {"train_loss": []},
        {"train_loss": [], "val_loss": [], "val_accuracy": [], "lr": [], "grad_norm": []},
        {"train_loss": None, "val_loss": [None, None]},
        {"loss": [1.0, 0.5]},
    ],
)
def test_nothing_to_read_is_said_to_be_nothing(history):
    verdict = check(diagnose(history))
    assert not verdict.sure and verdict.confidence <= 0.2
    assert "no finished epoch" in verdict.evidence[0]


@pytest.mark.parametrize(
    "history",
    [
        {"train_loss": [NAN], "val_loss": [NAN]},
        {"train_loss": [2.3, 5.0, NAN, NAN], "val_loss": [2.3, 9.0, NAN, NAN]},
        {"train_loss": [2.3, INF], "val_loss": [2.3, INF]},
        {"train_loss": [2.3, 2.1, 2.0], "val_loss": [2.3, 2.2, INF]},
        {"train_loss": [2.3, 2.1, -INF], "val_loss": [2.3, 2.2, 2.2]},
    ],
)
def test_numbers_that_end_not_finite_have_diverged(history):
    verdict = check(diagnose(history, num_classes=10))
    assert verdict.label == "diverged" and verdict.sure and verdict.confidence > 0.8
    assert "NaN" in verdict.evidence[0] or "infinite" in verdict.evidence[0]


def test_a_finite_explosion_has_diverged_too():
    verdict = check(diagnose({"train_loss": [2.0, 50.0, 4e6], "val_loss": [3.0, 80.0, 9e7]}))
    assert verdict.label == "diverged"


def test_a_run_that_recovers_from_infinity_has_not_diverged():
    verdict = check(diagnose({"train_loss": [INF, *FALLING], "val_loss": [INF, *FALLING]}))
    assert verdict.label != "diverged"


@pytest.mark.parametrize("norms", [{}, {"grad_norm": [0.6, 0.58, 0.61, 0.6, 0.59]}])
def test_weights_that_never_move_are_a_bug_not_a_rate(norms):
    history = {
        "train_loss": [2.314, 2.317, 2.316, 2.313, 2.315],
        "val_loss": [2.31926] * 5,
        "lr": [0.003] * 5,
        **norms,
    }
    verdict = check(diagnose(history, num_classes=10))
    assert verdict.label == "not_learning" and verdict.sure
    assert "the weights do not change" in verdict.evidence[0]


def test_a_gradient_of_zero_is_a_bug():
    history = {"train_loss": [2.3, 2.31, 2.3], "val_loss": [2.3, 2.32, 2.3], "grad_norm": [0.0] * 3}
    verdict = check(diagnose(history, num_classes=10))
    assert verdict.label == "not_learning" and verdict.confidence > 0.95
    assert "gradient norm is 0" in verdict.evidence[0]


def test_a_rate_of_nothing_is_too_low_a_rate():
    history = {"train_loss": [2.3, 2.31, 2.3], "val_loss": [2.3] * 3, "lr": [0.0] * 3}
    assert check(diagnose(history, num_classes=10)).label == "lr_too_low"


def test_one_or_two_epochs_never_make_it_sure():
    for n in (1, 2):
        history = {"train_loss": FALLING[:n], "val_loss": FALLING[:n], "lr": [0.01] * n}
        verdict = check(diagnose(history, num_classes=10))
        assert not verdict.sure and verdict.confidence <= 0.4 + 1e-9
        assert any("too few" in line for line in verdict.evidence)


def test_evidence_states_the_numbers_of_this_history():
    low_then_up = [1.0, 0.7, 0.52, 0.5, 0.56, 0.63, 0.7, 0.8, 0.9, 1.0]
    history = {"train_loss": [2.0 * 0.5**k for k in range(10)], "val_loss": low_then_up}
    verdict = check(diagnose(history, num_classes=10))
    assert verdict.label == "overfitting"
    # the end is the mean of the last two: 0.95, which is 90 % above 0.5
    assert "around epoch 4 (0.5) and ends at 0.95, 90% higher" in verdict.evidence[0]
    assert any("log(10) = 2.303" in line for line in verdict.evidence)


def test_only_the_ratio_to_the_baseline_counts():
    history = {
        "train_loss": FALLING, "val_loss": [v * 1.1 for v in FALLING], "lr": [0.01] * 15,
        "grad_norm": [1.0 + 0.1 * (k % 3) for k in range(15)],
    }  # fmt: skip
    wide = {k: [64 * v for v in vs] if "loss" in k else vs for k, vs in history.items()}
    one = diagnose(history, task="regression", baseline_loss=2.5)
    other = diagnose(wide, task="regression", baseline_loss=160.0)
    assert one.label == other.label
    assert one.probabilities == pytest.approx(other.probabilities)


def test_a_history_and_its_json_are_read_alike():
    history = History({"train_loss": FALLING, "val_loss": FALLING, "val_accuracy": [None] * 15})
    again = History.from_json(history.to_json())
    assert diagnose(history, task="regression") == diagnose(again, task="regression")


def test_an_epoch_without_validation_is_not_a_divergence():
    val = [v if k % 3 == 2 else None for k, v in enumerate(FALLING)]
    assert val[-1] is not None
    val[-1] = None
    verdict = check(diagnose({"train_loss": FALLING, "val_loss": val}, num_classes=10))
    assert verdict.label != "diverged"


def test_any_mixture_of_odd_values_gets_an_answer():
    rng = random.Random(0)
    odd = [NAN, INF, -INF, None, 0.0, -1.0, 1e300, 1e-300, 2.3, "x", True]
    for _ in range(600):
        history = {}
        for key in ("train_loss", "val_loss", "val_accuracy", "lr", "grad_norm"):
            if rng.random() < 0.8:
                share = rng.choice([0.0, 0.1, 0.5, 1.0])
                history[key] = [
                    rng.choice(odd) if rng.random() < share else rng.uniform(0.01, 3)
                    for _ in range(rng.choice([0, 1, 2, 3, 5, 20]))
                ]
        told = {
            "task": rng.choice(["classification", "regression"]),
            "num_classes": rng.choice([None, 0, 1, 2, 10]),
            "baseline_loss": rng.choice([None, 1e-3, 2.3]),
        }
        verdict = check(diagnose(history, **told))
        json.dumps(dict(verdict.probabilities))


@pytest.mark.parametrize(
    ("history", "told", "error", "words"),
    [
        ([1.0, 2.0], {}, TypeError, "dict of lists, not list"),
        ({}, {"task": "ranking"}, ValueError, "classification, regression"),
        ({}, {"baseline_loss": 0.0}, ValueError, "positive number"),
        ({}, {"baseline_loss": NAN}, ValueError, "positive number"),
        ({}, {"baseline_loss": "much"}, ValueError, "positive number"),
        ({}, {"num_classes": 2.5}, ValueError, "num_classes is a whole number, not 2.5"),
        ({}, {"num_classes": INF}, ValueError, "whole number"),
        ({}, {"num_classes": "ten"}, ValueError, "whole number"),
    ],
)
def test_a_wrong_question_is_refused_in_one_sentence(history, told, error, words):
    with pytest.raises(error, match=words):
        diagnose(history, **told)


@pytest.mark.parametrize(
    "dressed",
    [
        np.array,
        lambda values: np.array(values, dtype=np.float32)[:, None],
        torch.tensor,
        lambda values: torch.tensor(values, requires_grad=True),
        lambda values: [torch.tensor([v], requires_grad=True) for v in values],
        lambda values: (v for v in values),
        lambda values: [str(v) for v in values],
    ],
)
def test_however_the_numbers_come_the_answer_is_the_same(dressed):
    plain = {"train_loss": FALLING, "val_loss": [v * 1.1 for v in FALLING], "lr": [0.01] * 15}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verdict = diagnose({k: dressed(v) for k, v in plain.items()}, num_classes=10)
    expected = diagnose(plain, num_classes=10)
    assert verdict.label == expected.label
    assert verdict.confidence == pytest.approx(expected.confidence, abs=1e-3)


@pytest.mark.parametrize("odd", ["a", "", [1.0, 2.0], {}, 1j, object()])
def test_what_is_no_number_was_not_measured_and_has_not_diverged(odd):
    assert "no finished epoch" in check(diagnose({"train_loss": [odd] * 5})).evidence[0]
    mixed = {"train_loss": [*FALLING, odd], "val_loss": [odd, *FALLING]}
    assert diagnose(mixed) == diagnose({"train_loss": FALLING, "val_loss": FALLING})


def test_a_whole_number_too_big_for_a_float_is_infinite():
    history = {"train_loss": [2.3, 2.0, 10**400], "val_loss": [2.3, 2.0, 1.9]}
    assert check(diagnose(history, num_classes=10)).label == "diverged"


def test_accuracy_may_be_in_percent():
    history = {"train_loss": FALLING, "val_loss": FALLING}
    shares = [0.1 + 0.05 * k for k in range(15)]
    one = diagnose({**history, "val_accuracy": shares}, num_classes=10)
    other = diagnose({**history, "val_accuracy": [100 * v for v in shares]}, num_classes=10)
    assert other.probabilities == pytest.approx(one.probabilities)


@pytest.mark.parametrize(
    "history",
    [
        {"train_loss": FALLING, "val_loss": [2.31926] * 15},  # validates another model, perhaps
        {"train_loss": FALLING, "val_loss": FALLING, "grad_norm": [0.0] * 15},
        {"train_loss": [0.0] * 6, "val_loss": [0.0] * 6},
    ],
)
def test_a_training_loss_that_fell_or_is_zero_is_no_sign_of_weights_that_never_moved(history):
    assert not any("do not change" in line for line in check(diagnose(history)).evidence)
    assert diagnose(history, num_classes=10).label != "not_learning"


def test_a_validation_that_never_gave_a_number_is_not_surely_a_divergence():
    history = {"train_loss": FALLING, "val_loss": [NAN] * 15}
    verdict = check(diagnose(history, num_classes=10))
    assert not verdict.sure and "validation loss is NaN" in verdict.evidence[0]


@pytest.mark.parametrize("losses", [[2.3, 1.0], [2.3, 1.0, 0.3], [2.3, 0.9, 0.5, 0.2]])
def test_a_validation_loss_that_ends_lowest_does_not_overfit(losses):
    verdict = check(diagnose({"train_loss": losses, "val_loss": losses}, num_classes=10))
    assert verdict.label != "overfitting" and verdict.probabilities["overfitting"] < 0.1


def test_a_hundred_thousand_epochs_are_read_in_a_moment():
    noise = random.Random(0)
    curve = [1 / (1 + k / 1000) + 0.01 * noise.random() for k in range(100_000)]
    start = time.process_time()
    check(diagnose({"train_loss": curve, "val_loss": curve}, num_classes=10))
    assert time.process_time() - start < 5  # 0.6 s; 23 s with a sum over each of the windows
