"""The parts with numbers that can be checked on paper."""

import math

import pytest

from course_lib.diagnosis import judge as judging
from course_lib.diagnosis.curves import read_curves
from course_lib.diagnosis.features import features, level, lowest, tail_length


def test_level_and_lowest_are_the_means_that_the_labels_are_made_of():
    assert [tail_length(n) for n in (1, 2, 10, 25, 30, 40)] == [1, 2, 2, 2, 3, 4]
    assert level([9.0, 1.0, 3.0]) == 2.0
    ramp = [float(k) for k in range(30, 0, -1)]  # 30 epochs: mean of the last 3, windows of 2
    assert level(ramp) == 2.0 and lowest(ramp) == 1.5
    assert math.isnan(level([])) and math.isnan(lowest([]))


def test_features_of_a_curve_that_can_be_followed_by_hand():
    found = features(
        read_curves(
            {
                "train_loss": [4.0, 3.0, 3.5, 2.0, 1.0, 1.0],
                "val_loss": [4.0, 2.0, 2.0, 3.0, 3.0, 5.0],
                "val_accuracy": [0.25, 0.5, 0.5, 0.5, 0.5, 0.75],
                "lr": [0.1, 0.1, 0.1, 0.01, 0.01, 0.01],
            },
            num_classes=4, baseline_loss=2.0,
        )
    )  # fmt: skip
    # in units of the baseline the training loss is 2, 1.5, 1.75, 1, 0.5, 0.5
    assert found["train_start"] == 2 and found["train_end"] == 0.5
    assert found["train_log_drop"] == pytest.approx(math.log(4))
    assert found["train_ups"] == pytest.approx(1 / 5)
    assert found["train_biggest_jump"] == pytest.approx(0.25 / 1.5)
    assert found["train_where_low"] == pytest.approx(4 / 5)
    # validation: 2, 1, 1, 1.5, 1.5, 2.5; its end is the mean 2 of the last two
    assert found["rise"] == 1 and found["gap"] == 1.5
    assert found["rise_ratio"] == pytest.approx(math.log(2))
    assert found["val_below_train"] == pytest.approx(2 / 6)
    # accuracy above guessing: (0.75 - 0.25) / 0.75 at best, (0.625 - 0.25) / 0.75 at the end
    assert found["acc_best"] == pytest.approx(2 / 3) and found["acc_end"] == pytest.approx(0.5)
    assert found["log_lr"] == -1 and found["lr_falls"] == pytest.approx(-1)
    assert math.isnan(found["log_norm"])


def test_two_curves_that_move_together_and_apart():
    zigzag = [1.0, 2.0, 1.0, 2.0, 1.0]
    alike = features(read_curves({"train_loss": zigzag, "val_loss": zigzag}, baseline_loss=1.0))
    against = features(
        read_curves({"train_loss": zigzag, "val_loss": [3 - z for z in zigzag]}, baseline_loss=1.0)
    )
    assert alike["together"] == pytest.approx(1) and against["together"] == pytest.approx(-1)


def test_baselines_come_from_what_is_known():
    loss = {"train_loss": [2.4, 2.0], "val_loss": [2.3, 2.2]}
    assert read_curves(loss, baseline_loss=1.5).baseline == 1.5
    assert read_curves(loss, num_classes=10).baseline == pytest.approx(math.log(10))
    guessed = read_curves(loss)  # exp(2.4) = 11.02
    assert guessed.baseline == pytest.approx(math.log(11)) and guessed.baseline_from == "guess"
    assert read_curves(loss, task="regression").baseline == 2.4
    assert read_curves({"train_loss": [math.nan]}).baseline_from == "nothing"


def test_trees_are_walked_as_drawn(monkeypatch):
    """Two rounds for two labels, small enough to add up on paper."""
    model = {
        "features": ["a", "b"], "labels": ["yes", "no"], "temperature": 2.0,
        "start": [0.5, 0.0],
        "trees": [
            [[0, 1.0, 1, 1.0, [1, 0.0, 0, 2.0, 3.0]], 0.25],
            [-0.5, [1, 5.0, 0, 4.0, -1.0]],
        ],
    }  # fmt: skip
    monkeypatch.setattr(judging, "judge", lambda: model)

    def expected(yes, no):
        return math.exp(yes / 2) / (math.exp(yes / 2) + math.exp(no / 2))

    # a = 1 goes left (≤): 1; b = 2 ≤ 5: 4
    assert judging.probabilities({"a": 1.0, "b": 2.0})["yes"] == pytest.approx(expected(1.0, 4.25))
    # a = 2 goes right, b = 6 right again: 3; b = 6 > 5: −1
    assert judging.probabilities({"a": 2.0, "b": 6.0})["yes"] == pytest.approx(expected(3.0, -0.75))
    # a missing goes left: 1; b missing goes right: −1
    assert judging.probabilities({"a": math.nan, "b": math.nan})["yes"] == pytest.approx(
        expected(1.0, -0.75)
    )


def test_the_shipped_judge_knows_the_features_and_is_small():
    shipped = judging.judge()
    known = features(read_curves({"train_loss": [1.0, 0.5, 0.4], "val_loss": [1.0, 0.6, 0.5]}))
    assert set(shipped["features"]) <= set(known)
    assert set(shipped["labels"]) == {
        "healthy", "overfitting", "underfitting", "lr_too_high", "lr_too_low", "not_learning",
    }  # fmt: skip
    size = judging.files("course_lib.diagnosis").joinpath("judge.json").read_bytes()
    assert len(size) < 400_000


def test_the_fit_says_what_it_reached_on_problems_left_out_and_that_is_the_goal():
    reached = judging.judge()["left_out"]
    assert reached["right"] >= 0.78
    assert reached["sure"] >= 0.6
    assert reached["right_where_sure"] >= 0.92
