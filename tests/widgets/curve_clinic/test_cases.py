"""The clinic's key: each case's label and claims, held by real runs of five seeds.

The oracle is the meaning of the labels (see ``course_lib.diagnosis.Diagnosis``), checked on losses
by comparisons written out here, and by the runs that each label is about.
"""

import math
import re
from functools import cache
from itertools import pairwise

import pytest

from course_lib.diagnosis import LABELS
from course_lib.widgets.clinic import load_cases
from course_lib.widgets.clinic.case import Case
from course_lib.widgets.lab.settings import Settings
from course_lib.widgets.lab.training import make_worker
from course_lib.widgets.live_training.progress import Frame

CASES = {case.label: case for case in load_cases()}
GUESSING = math.log(10)
pytestmark = pytest.mark.slow


@cache
def run(settings: Settings) -> Frame:
    worker = make_worker(settings)
    worker.run()
    return worker.progress.frame()


def pair(label: str, seed: int) -> tuple[Frame, Frame]:
    """The case's run and its counterfactual, from other weights."""
    case = CASES[label]
    return tuple(run(s.changed(seed=s.seed + seed)) for s in (case.run, case.counterfactual))


def end(losses):
    """The mean of the last two epochs: a single one may be a spike."""
    return sum(losses[-2:]) / 2


def test_every_label_has_one_case_and_the_right_answer_has_no_fixed_place():
    assert sorted(CASES) == sorted(LABELS)
    places = {list(case.choices).index(label) for label, case in CASES.items()}
    assert len(places) == 4


@pytest.mark.parametrize("seed", range(5))
def test_overfitting_ends_well_above_an_earlier_epoch_and_more_images_cure_it(seed):
    before, after = pair("overfitting", seed)
    assert min(before.val_loss) * 1.1 < end(before.val_loss)
    assert before.train_loss[-1] < 0.1
    assert end(after.val_loss) < 0.8 * end(before.val_loss)
    assert after.gap < 0.5 * before.gap


@pytest.mark.parametrize("seed", range(5))
def test_a_rate_that_is_too_high_jumps_and_a_tenth_of_it_learns(seed):
    before, after = pair("lr_too_high", seed)
    # The steps are so large that rounding decides where they lead, another way on each kind of
    # processor: in 50 runs (25 seeds on two) the training loss ended at 1.21 to 2.31.
    rises = sum(b > a for a, b in pairwise(before.val_loss))
    assert rises >= 2 and end(before.train_loss) > 0.8
    assert end(after.train_loss) < 0.4


@pytest.mark.parametrize("seed", range(5))
def test_a_rate_that_is_too_low_still_falls_steadily_and_ten_times_is_faster(seed):
    before, after = pair("lr_too_low", seed)
    steps = [a - b for a, b in pairwise(before.train_loss)]
    assert min(steps) > 0.01  # not flattened: every epoch helps, the last ones too
    assert abs(before.gap) < 0.1
    assert end(after.train_loss) < 0.6 * end(before.train_loss)


@pytest.mark.parametrize("seed", range(5))
def test_without_a_step_nothing_moves_and_with_it_the_same_run_learns(seed):
    before, after = pair("not_learning", seed)
    assert len({round(loss, 6) for loss in before.val_loss}) == 1
    assert end(after.train_loss) < 0.75


@pytest.mark.parametrize("seed", range(5))
def test_the_healthy_run_falls_to_its_end_with_validation_below_training_at_first(seed):
    before, after = pair("healthy", seed)
    assert before.val_loss[0] < before.train_loss[0] and before.val_loss[1] < before.train_loss[1]
    assert end(before.val_loss) < 1.02 * min(before.val_loss)
    assert abs(end(after.val_loss) - end(before.val_loss)) < 0.06
    assert after.gap > before.gap + 0.05


@pytest.mark.parametrize("seed", range(5))
def test_two_units_cannot_express_it_and_sixty_four_can(seed):
    before, after = pair("underfitting", seed)
    assert before.train_loss[-1] > 0.8
    assert end(after.train_loss) < 0.5 * end(before.train_loss)
    assert end(after.val_loss) < 0.9 * end(before.val_loss)


def test_underfitting_as_shipped_is_flat_calm_and_not_a_matter_of_the_rate():
    made = CASES["underfitting"].run
    before = run(made)
    assert before.train_loss[9] - before.train_loss[-1] < 0.2  # of 30 epochs the last 20
    lower, higher = (run(made.changed(learning_rate=rate)) for rate in (0.001, 0.1))
    assert abs(end(lower.train_loss) - end(before.train_loss)) < 0.15  # "ends about where they do"
    assert end(higher.train_loss) > end(before.train_loss)


@pytest.mark.parametrize("seed", range(5))
def test_the_hand_written_loss_meets_nan_in_its_first_epoch_and_cross_entropy_does_not(seed):
    before, after = pair("diverged", seed)
    assert before.broke is not None and before.broke[0] == 1
    assert before.epochs_done == 0
    assert all(map(math.isfinite, (*after.train_loss, *after.val_loss)))
    assert end(after.train_loss) < 1.0


def test_numbers_in_the_texts_are_settings_or_come_from_the_runs():
    known = {
        "lr_too_high": {"0.1", "0.001", "0.01"},  # its rate, Adam's default, the other rate
        "overfitting": {"101,770", "300", "40", "3,000", "12"},
        "healthy": {"0.5"},
        "lr_too_low": {"0.005"},
        "underfitting": {"784", "2", "64"},
        "diverged": {"0", "255", "1"},
    }
    for label, case in CASES.items():
        texts = " ".join([case.cause, case.after, *case.choices.values()])
        found = set(re.findall(r"\d[\d,.]*\d|\d", re.sub(r"\{\w+\}", "", texts)))
        assert found == known.get(label, set()), label
    over, under, high = (CASES[k].run for k in ("overfitting", "underfitting", "lr_too_high"))
    assert 784 * over.hidden + over.hidden + over.hidden * 10 + 10 == 101_770
    assert (over.num_train, over.epochs, under.hidden, high.learning_rate) == (300, 40, 2, 0.1)


def test_a_case_that_cannot_be_is_refused():
    made = Settings()
    with pytest.raises(ValueError, match="'tired' is no diagnosis"):
        Case("healthy", {"healthy": "", "tired": ""}, "", "", made, made)
    with pytest.raises(ValueError, match="lack the right diagnosis"):
        Case("healthy", {"overfitting": ""}, "", "", made, made)


def test_a_file_without_cases_is_refused(tmp_path):
    (tmp_path / "none.toml").write_text("x = 1")
    with pytest.raises(ValueError, match="holds no"):
        load_cases(tmp_path / "none.toml")
