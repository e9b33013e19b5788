"""What the lab remembers: runs, settings, and which run an experiment is about."""

import pytest

from course_lib.widgets.lab.model import EARLIER, Lab
from course_lib.widgets.lab.settings import RATES, Settings
from course_lib.widgets.live_training.progress import Progress, State

STUCK = [2.31, 2.30, 2.32, 2.31, 2.33, 2.30, 2.31, 2.32]
JUMPY = [4.0, 2.2, 2.6, 1.9, 2.4, 1.8, 2.5, 2.0]
GOOD = [2.0, 1.4, 1.0, 0.8, 0.7, 0.62, 0.57, 0.53]


def finish(progress, losses, state=State.DONE):
    progress.epoch_done({"train_loss": losses, "val_loss": [x + 0.02 for x in losses]})
    progress.enter(state)


def run(lab, losses, state=State.DONE):
    progress = Progress(8)
    made = lab.begin(progress)
    finish(progress, losses, state)
    return made


def experiment(lab, losses):
    progress = Progress(8)
    made = lab.begin_experiment(lab.look().next, progress)
    finish(progress, losses)
    return made


def test_a_new_lab_has_nothing_to_say():
    look = Lab(Settings()).look()
    assert (look.run, look.found, look.next, look.came_true, look.earlier) == (
        None, None, None, None, (),
    )  # fmt: skip
    assert not look.training


def test_while_a_run_is_under_way_there_is_a_diagnosis_but_no_experiment():
    lab = Lab(Settings())
    progress = Progress(30)
    lab.begin(progress)
    progress.enter(State.RUNNING)
    progress.epoch_done({"train_loss": JUMPY, "val_loss": JUMPY})
    look = lab.look()
    assert look.training and look.found is not None and look.next is None


def test_earlier_runs_stay_up_to_a_number_and_keep_their_own():
    lab = Lab(Settings())
    for _ in range(EARLIER + 3):
        run(lab, GOOD)
    look = lab.look()
    assert [r.number for r in look.earlier] == [3, 4, 5]
    assert look.run.number == 6


def test_an_earlier_run_that_was_stopped_before_an_epoch_leaves_no_line():
    lab = Lab(Settings())
    run(lab, [], State.STOPPED)
    run(lab, GOOD)
    assert lab.look().earlier == ()


def test_a_change_of_settings_leaves_the_runs_made_alone():
    lab = Lab(Settings())
    made = run(lab, GOOD)
    lab.choose(hidden=8)
    assert (lab.settings.hidden, made.settings.hidden) == (8, 64)


def test_the_experiment_is_about_the_run_and_its_settings_become_the_next():
    lab = Lab(Settings(1.0))
    first = run(lab, JUMPY)
    assert lab.look().next.label == "lr_too_high"
    second = experiment(lab, GOOD)
    look = lab.look()
    assert (second.tested, look.came_true) == (first, True)
    assert lab.settings.learning_rate == pytest.approx(0.1)
    assert look.asks is second  # settled: the next question is about the new run


def test_after_an_experiment_that_failed_the_next_guess_about_the_same_run_is_tested():
    lab = Lab(Settings(1.0))
    first = run(lab, STUCK)
    order = sorted(lab.look().found.probabilities.items(), key=lambda item: -item[1])
    labels = [label for label, share in order if share >= 0.05]
    assert len(labels) >= 2
    tested = [lab.look().next.label]
    experiment(lab, STUCK)
    look = lab.look()
    assert look.came_true is False and look.asks is first
    tested.append(look.next.label)
    third = experiment(lab, STUCK)
    assert third.tested is first
    assert tested == labels[:2]
    assert third.denied == set(tested)


def test_an_experiment_that_the_reader_stopped_proves_nothing():
    lab = Lab(Settings(1.0))
    run(lab, JUMPY)
    progress = Progress(8)
    lab.begin_experiment(lab.look().next, progress)
    finish(progress, GOOD, State.STOPPED)
    assert lab.look().came_true is None


def test_lower_and_higher_walk_the_list_and_stop_at_its_ends():
    lab = Lab(Settings(0.1))
    assert (lab.neighbour_rate(-1), lab.neighbour_rate(1)) == (0.05, 0.2)
    lab.choose(learning_rate=RATES[-1])
    assert lab.neighbour_rate(1) == RATES[-1]
    lab.choose(learning_rate=RATES[0])
    assert lab.neighbour_rate(-1) == RATES[0]


def test_reset_forgets_everything():
    lab = Lab(Settings(0.1))
    lab.choose(hidden=8)
    run(lab, GOOD)
    lab.reset()
    assert lab.look().run is None and lab.settings == Settings(0.1)
    assert run(lab, GOOD).number == 1
