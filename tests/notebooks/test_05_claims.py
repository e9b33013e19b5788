"""What notebook 05 says about curves holds for five seeds: the three that it shows and two more.

The notebook's own cells are run, assertions and all, as one reader's session; only the seeds are
others. What the notebook shows of one run only is asked of both here.
"""

import contextlib
import io
from itertools import pairwise
from typing import Any

import pytest
import torch

import course_lib
from course_lib import notebook as notebook_module
from course_lib.widgets.quick_check.model import load_quiz
from tools.notebooks.source import SOURCES, read_source

NOT_RUN = {"setup", "curve-lab", "curve-clinic", "quiz"}
OTHER = range(3, 5)  # the notebook shows 0 to 2

pytestmark = pytest.mark.slow

Names = dict[str, Any]


def run_cells(first_seed: int) -> Names:
    """The names that the notebook's cells leave with the seeds from ``first_seed`` on."""
    cells = {
        cell.id: cell.source
        for cell in read_source(SOURCES / "05_monitoring.py").cells
        if cell.cell_type == "code" and cell.id not in NOT_RUN
    }
    assert cells["train"].count("SEEDS = range(3)") == 1
    seeds = f"SEEDS = range({first_seed}, {first_seed + len(OTHER)})"
    cells["train"] = cells["train"].replace("SEEDS = range(3)", seeds)
    course_lib.seed_everything(first_seed)
    names: Names = {"notebook": notebook_module, "cells": cells}
    for cell, source in cells.items():
        shifted = source.replace("seed=0", f"seed={first_seed}")
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(shifted, cell, "exec"), names)
    return names


@pytest.fixture(scope="module")
def names() -> Names:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notebook_module, "show", lambda fig, alt: None)
        threads = torch.get_num_threads()
        try:
            return run_cells(OTHER[0])
        finally:
            torch.set_num_threads(threads)
            torch.set_printoptions(profile="default")


def test_every_assertion_of_the_notebook_holds(names: Names) -> None:
    assert len(names["overfit"]) == len(OTHER)
    assert not torch.equal(*(names["last"](names[k]) for k in ("overfit", "healthy")))


def test_early_stopping_repeats_the_sick_run_up_to_its_end(names: Names) -> None:
    # So the two models that the notebook compares differ in the epochs trained and in nothing else.
    for sick, stopped in zip(names["overfit"], names["stopped"], strict=True):
        assert sick["val_loss"][: stopped.epochs] == pytest.approx(stopped["val_loss"])


def test_a_wider_network_does_not_mend_labels(names: Names) -> None:
    for seed, narrow in zip(OTHER, names["dirty_runs"], strict=True):
        wide, _ = names["train"](3000, 256, 4, 0.0005, seed=seed, **names["dirty"])
        assert abs(min(wide["val_loss"]) - min(narrow["val_loss"])) < 0.1


def test_shirts_are_the_hardest_and_go_to_the_same_three_classes(names: Names) -> None:
    shirt, others = 6, [0, 2, 4]  # T-shirts, pullovers, coats
    for model in names["healthy_models"]:
        with torch.no_grad():
            says = model.eval()(names["val_images"]).argmax(dim=1)
        matrix = course_lib.confusion_matrix(says, names["val_labels"], num_classes=10)
        scores = course_lib.f1_scores(matrix)
        assert scores.argmin() == shirt and scores.min() < 0.65
        lost = matrix[shirt].sum() - matrix[shirt, shirt]
        assert matrix[shirt, others].sum() > 2 / 3 * lost


def test_about_half_of_the_labels_are_drawn_anew(names: Names) -> None:
    truth = names["standard"].tensors[1][names["pool"].indices]
    changed = (names["dirty_pool"].tensors[1] != truth).float().mean().item()
    assert changed == pytest.approx(0.45, abs=0.03)  # a tenth of the new ones is the old by chance


def test_the_hand_written_loss_breaks_within_three_batches(names: Names) -> None:
    for seed in OTHER:
        with pytest.raises(course_lib.NonFiniteLossError) as broke:
            names["train"](
                1000, 64, 3, 0.01, torch.optim.SGD, seed=seed,
                loss_fn=names["log_of_softmax"], **names["raw_data"],
            )  # fmt: skip
        assert broke.value.epoch == 1 and (broke.value.batch or 1) <= 3


def test_dropout_is_the_larger_part_of_what_lifts_the_training_loss(names: Names) -> None:
    for seed in OTHER:
        torch.manual_seed(seed)
        again = dict(names)
        for cell in ("measured-again", "two-reasons"):  # they assert it
            source = names["cells"][cell].replace("seed=0", f"seed={seed}")
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(source, cell, "exec"), again)


def test_nan_spoils_the_last_layer_for_good(names: Names) -> None:
    for seed in OTHER:
        source = names["cells"]["nan-spreads"].replace("manual_seed(0)", f"manual_seed({seed})")
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, "nan-spreads", "exec"), dict(names))  # asserts it


def test_wrong_answers_cost_ten_times_right_ones_at_the_end(names: Names) -> None:
    for model in names["overfit_models"]:
        with torch.no_grad():
            logits = model.eval()(names["val_images"])
        labels = names["val_labels"]
        each = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
        wrong = logits.argmax(dim=1) != labels
        assert each[wrong].mean() > 10 * each[~wrong].mean()


def test_the_range_test_gives_a_rate_that_trains(names: Names) -> None:
    for seed in OTHER:
        found = names["range_test"](torch.optim.SGD, seed=seed).suggestion
        assert found > 3 * names["range_test"](torch.optim.Adam, seed=seed).suggestion
        ends = [
            names["train"](1000, 64, 15, factor * found, torch.optim.SGD, seed=seed, batch_size=64)
            for factor in (0.01, 1, 30)
        ]
        low, good, high = (history["train_loss"][-1] for history, _ in ends)
        assert good < 0.6 and low > good + 0.3 and high > good + 0.3


def test_changing_weights_alone_put_validation_below_training_at_first(names: Names) -> None:
    for run in names["healthy"]:  # no dropout here
        assert run["val_loss"][0] < run["train_loss"][0]
        assert run["val_loss"][-1] > run["train_loss"][-1]


def test_a_lone_seed_is_no_proof(names: Names) -> None:
    """The runs of a setting are different runs, not one repeated."""
    for runs in (names["healthy"], names["overfit"], names["underfit"], names["jumpy"]):
        ends = sorted(run["val_loss"][-1] for run in runs)
        assert all(b > a for a, b in pairwise(ends))


def right_answers() -> list[str]:
    return [
        next(c.text for c in q.choices if c.right) for q in load_quiz("reading-curves").questions
    ]


@pytest.mark.quiz_key("reading-curves", 0)
def test_quick_check_overfitting(names: Names) -> None:
    assert right_answers()[0] == "Overfitting."
    run = {"train_loss": [2.0, 1.1, 0.6, 0.35, 0.2, 0.13, 0.09, 0.07, 0.06, 0.055, 0.05]}
    run["val_loss"] = [1.7, 1.0, 0.75, 0.66, 0.67, 0.7, 0.73, 0.76, 0.79, 0.82, 0.85]
    found = course_lib.diagnose(run, num_classes=10)
    assert found.label == "overfitting" and found.sure
    # A real run of that kind: nearly nothing in training, validation far above its best.
    for real in names["overfit"]:
        assert real["train_loss"][-1] < 0.05 and real["val_loss"][-1] > 0.75 > min(real["val_loss"])


@pytest.mark.quiz_key("reading-curves", 1)
def test_quick_check_validation_below_training(names: Names) -> None:
    assert "validate" in right_answers()[1]
    assert names["history"]["train_loss"][-1] > names["again"][-1]  # as the notebook measured


@pytest.mark.quiz_key("reading-curves", 2)
def test_quick_check_no_step(names: Names) -> None:
    assert "no step reaches" in right_answers()[2]
    for rate in (0.0001, 0.1):
        _, history = names["by_hand"](rate, step=False)
        assert len({f"{loss:.5f}" for loss in history["val_loss"]}) == 1
        assert course_lib.diagnose(history, num_classes=10).label == "not_learning"
