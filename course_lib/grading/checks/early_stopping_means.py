"""The numbers in the history of ``train_with_early_stopping``: means over samples, and shares."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from course_lib.grading.checks.agreement import close, same_state
from course_lib.grading.checks.early_stopping_history import KEYS
from course_lib.grading.checks.early_stopping_runs import EPOCHS, still_run
from course_lib.grading.checks.early_stopping_training import moving_runs_of, training_of
from course_lib.grading.checks.explaining import Choices
from course_lib.grading.checks.means import candidates, is_rounded, name_of
from course_lib.grading.checks.network_runs import RIGHT, measured, sizes, train
from course_lib.grading.checks.stopping_runs import trained_runs_of
from course_lib.grading.checks.trials import require_result
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call, Outcome, Scenario

APART = 0.02  # far above float32's rounding


def judge_means(call: Call, rng: random.Random) -> None:
    """The losses are means over samples, the accuracy a share of them."""
    trials, seen = trained_runs_of(call, rng)
    scenario = trials.once("still scenario", lambda: _told_apart(rng))
    outcome = require_result(trials.once("still", lambda: trials(scenario)))
    history = outcome["history"]
    if history is None:
        raise fail("early_stopping", "no_history_to_judge")
    if not any(_values(history[key]) for key in KEYS):
        raise fail("early_stopping", "history_is_empty")
    if seen.by_another_optimizer:  # the check on training says so; nothing is still in that run
        _judge_nearness(scenario, history)
        return
    expected = _expected(scenario, RIGHT)
    elsewhere = seen.validated_on_training_data
    if elsewhere:
        on_training_data = _expected({**scenario, "validation": scenario["train"]}, RIGHT)
    softmax = ("outputs", "softmax") in (training_of(call, rng) or {}).items()
    if softmax:
        by_softmax = _expected(scenario, {**RIGHT, "outputs": "softmax"})
    swapped = {"train_loss": "val_loss", "val_loss": "train_loss"}
    for key, named in expected.items():
        entries = _values(history[key])
        for value in entries[-EPOCHS:]:
            if is_rounded(value, named["right"]):
                raise fail("early_stopping", "history_is_rounded", key=key)
            name = name_of(value, named)
            other = swapped.get(key)
            if name == "right":
                continue
            if name is None and (value is None or len(entries) != EPOCHS):
                continue  # no number, or not one for each epoch: the check on the history says so
            if name is None and other and name_of(value, expected[other]) == "right":
                continue  # the lists are swapped: the check on the history says so
            if elsewhere and name_of(value, on_training_data[key]) == "right":
                continue  # measured on the training data: the check on the history says so
            if softmax and name_of(value, by_softmax[key]) == "right":
                continue  # the check on training says so
            code = name or ("accuracy_differs" if key == "val_accuracy" else "mean_differs")
            raise fail("early_stopping", code, key=key)
    _judge_moving(call, rng)


def _judge_moving(call: Call, rng: random.Random) -> None:
    """Where training is right, its losses are those met while the weights moved."""
    _judge_unmoved(*moving_runs_of(call, rng)[0])
    if training_of(call, rng) != {}:
        return
    for scenario, outcome in moving_runs_of(call, rng):
        done = train(scenario, RIGHT, EPOCHS)
        found = _values((outcome["history"] or {}).get("train_loss"))
        if len(found) != EPOCHS or None in found:
            continue  # the check on the history says so
        if close(found, _means(done.val_losses, scenario["validation"])):
            continue  # so it does where the lists are swapped
        if not close(found, _means(done.train_losses, scenario["train"])):
            raise fail("early_stopping", "train_loss_measured_afterwards")


def _judge_unmoved(scenario: Scenario, outcome: Outcome) -> None:
    """What never moved learns nothing, and no honest history says that it did."""
    initial = scenario["model"]["state"]
    if outcome["steps"] or not same_state(outcome["state"], initial, list(initial)):
        return
    found = _values((outcome["history"] or {}).get("val_loss"))
    numbers = [value for value in found if value is not None]
    if not close(numbers, numbers[:1] * len(numbers)):
        raise fail("early_stopping", "losses_of_no_training")


def _means(losses: list[list[float]], data: dict[str, Any]) -> list[float]:
    return [float(np.average(epoch, weights=sizes(data))) for epoch in losses]


def _judge_nearness(scenario: Scenario, history: Any) -> None:
    for key in ("train_loss", "val_loss"):
        right = _expected(scenario, RIGHT)[key]["right"]
        if not all(v is not None and abs(v - right) < 0.1 * right for v in _values(history[key])):
            raise fail("early_stopping", "mean_differs", key=key)


def _expected(scenario: Scenario, choices: Choices) -> dict[str, dict[str, float]]:
    done = train(scenario, choices, 1)
    train_sizes, val_sizes = sizes(scenario["train"]), sizes(scenario["validation"])
    return {
        "train_loss": candidates(done.train_losses[0], train_sizes),
        "val_loss": candidates(done.val_losses[0], val_sizes),
        "val_accuracy": {
            **_accuracies(done.val_right[0], val_sizes),
            "accuracy_on_training_data": _share_on_training_data(scenario, choices),
        },
    }


def _share_on_training_data(scenario: Scenario, choices: Choices) -> float:
    on_training_data = {**scenario, "validation": scenario["train"]}
    done = measured(on_training_data) if choices == RIGHT else train(on_training_data, choices, 1)
    return sum(done.val_right[0]) / sum(sizes(scenario["train"]))


def _told_apart(rng: random.Random) -> Scenario:
    """A run in which no usual wrong mean, and none of the other data set, is near the right one."""
    while True:
        scenario = still_run(rng)
        done = measured(scenario)
        means = [
            candidates(done.train_losses[0], sizes(scenario["train"])),
            candidates(done.val_losses[0], sizes(scenario["validation"])),
        ]
        own = [named.pop("right") for named in means]
        others = [(right, [*named.values()]) for right, named in zip(own, means, strict=True)]
        others.append((own[0], [own[1]]))
        accuracies = _accuracies(done.val_right[0], sizes(scenario["validation"]))
        others.append((accuracies.pop("right"), [*accuracies.values()]))
        if all(abs(right - wrong) > APART for right, wrongs in others for wrong in wrongs):
            share = sum(done.val_right[0]) / sum(sizes(scenario["validation"]))
            if abs(share - _share_on_training_data(scenario, RIGHT)) > APART:
                return scenario


def _values(entries: Any) -> list[float | None]:
    return [] if entries is None else [entry["value"] for entry in entries]


def _accuracies(right: list[int], val_sizes: list[int]) -> dict[str, float]:
    share = sum(right) / sum(val_sizes)
    batch_shares = [r / n for r, n in zip(right, val_sizes, strict=True)]
    return {
        "right": share,
        "accuracy_in_percent": 100 * share,
        "accuracy_of_batch_means": sum(batch_shares) / len(batch_shares),
        "accuracy_is_a_count": float(sum(right)),
        "accuracy_over_batches": sum(right) / len(right),
    }
