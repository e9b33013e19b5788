"""The next experiment: what the diagnosis asks for, and whether it came true."""

import math
from dataclasses import replace

import pytest

from course_lib.diagnosis import LABELS, Diagnosis
from course_lib.widgets.lab.experiment import came_true, next_experiment
from course_lib.widgets.lab.model import TASK
from course_lib.widgets.lab.settings import Settings
from course_lib.widgets.live_training.judging import judge
from course_lib.widgets.live_training.progress import Frame, State

MADE = Settings(1.0, "SGD", 64, 1000, 0.2, 15)


def found(**shares):
    probabilities = dict.fromkeys(LABELS, 0.0) | shares
    label = max(probabilities, key=lambda k: probabilities[k])
    return Diagnosis(label, probabilities[label], False, (), "", "", probabilities)


def frame(train, val=None, **more):
    train = tuple(train)
    return Frame(
        len(train) or 1, State.DONE, train_loss=train, val_loss=tuple(val or train), **more
    )


FALLING = [2.0, 1.5, 1.0, 0.7, 0.5, 0.4]


@pytest.mark.parametrize(
    "label, change",
    [
        ("lr_too_high", {"learning_rate": 0.1}),
        ("diverged", {"learning_rate": 0.1}),
        ("lr_too_low", {"learning_rate": 10.0}),
        ("underfitting", {"hidden": 512, "dropout": 0.0}),
        ("overfitting", {"epochs": 3, "seed": 1}),
        ("not_learning", {"num_train": 32, "epochs": 40}),
        ("healthy", {"seed": 1}),
    ],
)
def test_each_label_asks_for_the_run_that_would_settle_it(label, change):
    turned = frame([2, 1, 0.5, 0.2, 0.1, 0.05], [2, 1, 0.6, 0.7, 0.9, 1.2])
    asked = next_experiment(found(**{label: 0.9}), MADE, turned)
    assert asked.settings == MADE.changed(**change)
    assert asked.label == label


def test_there_is_no_experiment_beyond_the_ends_of_the_lists():
    low = MADE.changed(learning_rate=1e-5)
    assert next_experiment(found(lr_too_high=0.9), low, frame(FALLING)) is None
    big = MADE.changed(hidden=512, dropout=0.0)
    assert next_experiment(found(underfitting=0.9), big, frame(FALLING)) is None


def test_a_label_that_was_tested_makes_room_for_the_next_one():
    shares = {"lr_too_low": 0.5, "underfitting": 0.4, "healthy": 0.02}
    first = next_experiment(found(**shares), MADE, frame(FALLING))
    second = next_experiment(found(**shares), MADE, frame(FALLING), {"lr_too_low"})
    third = next_experiment(found(**shares), MADE, frame(FALLING), {"lr_too_low", "underfitting"})
    assert (first.label, second.label, third) == ("lr_too_low", "underfitting", None)


@pytest.mark.parametrize("label", ["lr_too_high", "lr_too_low"])
def test_a_rate_is_confirmed_by_a_clearly_lower_training_loss(label):
    own = frame([2.3, 2.0, 1.8, 1.6])
    assert came_true(label, own, frame([2.0, 1.0, 0.6, 0.5]))
    assert not came_true(label, own, frame([2.3, 2.0, 1.75, 1.56]))


def test_underfitting_needs_both_losses_lower():
    own = frame([2.0, 1.7, 1.6, 1.6])
    assert came_true("underfitting", own, frame([1.5, 1.0, 0.6, 0.5]))
    assert not came_true("underfitting", own, frame([1.5, 1.0, 0.6, 0.5], [1.9, 1.7, 1.6, 1.6]))


def test_early_stopping_is_confirmed_by_the_promised_number():
    own = frame([1, 0.5, 0.2, 0.1], [1, 0.6, 0.9, 1.1])
    promise = next_experiment(found(overfitting=1.0), MADE, own).promise
    assert "below 1.000" in promise  # the mean of the last two epochs
    assert came_true("overfitting", own, frame([1, 0.5], [1.1, 0.8]))
    assert not came_true("overfitting", own, frame([1, 0.5], [1.2, 0.9]))


def test_a_run_that_blew_up_is_settled_by_one_that_stays_finite_and_low():
    broken = frame([], [], broke=(1, 2))
    assert came_true("diverged", broken, frame(FALLING))
    assert not came_true("diverged", broken, broken)
    high = frame([40.0, 50.0, 45.0])
    assert came_true("diverged", high, frame([3.0, 2.5, 2.4]))
    assert not came_true("diverged", high, frame([40.0, 30.0, 28.0]))


def test_one_batch_is_learnt_by_heart_or_not():
    stuck = frame([2.3, 2.3, 2.3])
    assert came_true("not_learning", stuck, frame([2.0, 0.5, 0.02]))
    assert not came_true("not_learning", stuck, frame([2.0, 1.9, 1.8]))


def test_alike_means_near_at_the_end_of_both_curves():
    assert came_true("healthy", frame(FALLING), frame([x + 0.03 for x in FALLING]))
    assert not came_true("healthy", frame(FALLING), frame(FALLING, [x + 0.3 for x in FALLING]))


def test_a_run_without_epochs_confirms_nothing():
    for label in LABELS:
        assert not came_true(label, frame(FALLING), Frame(3, State.DONE))


@pytest.mark.parametrize("seed", range(5))
def test_the_labs_experiments_find_and_cure_its_own_opening_for_every_seed(trained, seed):
    # curve_lab() opens with these settings: the static picture shows this run and the next.
    # So high a rate magnifies rounding, another way on each kind of processor: 49 of 50 runs
    # (25 seeds on two) were diagnosed at once, one looked like underfitting.
    opening = Settings(seed=seed)
    before = trained(opening)
    diagnosis, refuted = judge(before, TASK), set()
    while asked := next_experiment(diagnosis, opening, before, refuted):
        after = trained(asked.settings)
        if came_true(asked.label, before, after):
            break
        refuted.add(asked.label)
    assert asked is not None and asked.label == "lr_too_high" and len(refuted) <= 1
    # an oracle of its own: near guessing before, far below after (it ended at 1.91 to 2.40)
    assert before.train_loss[-1] > 0.7 * math.log(10)
    assert after.train_loss[-1] < 0.4 * math.log(10)
    # and the threshold bites: a run that is a shade better confirms nothing
    shade = replace(before, train_loss=tuple(x - 0.05 for x in before.train_loss))
    assert not came_true("lr_too_high", before, shade)


def test_the_labs_own_opening_is_mostly_diagnosed_at_once(trained):
    labels = [judge(trained(Settings(seed=seed)), TASK).label for seed in range(5)]
    assert labels.count("lr_too_high") >= 3
