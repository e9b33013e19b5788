"""What ``train_with_early_stopping`` has to tell: one entry for each epoch, means over samples."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np

from course_lib.grading.checks.early_stopping_runs import EPOCHS, still_run
from course_lib.grading.checks.early_stopping_training import moving_runs_of, training_of
from course_lib.grading.checks.explaining import Choices
from course_lib.grading.checks.means import candidates, name_of
from course_lib.grading.checks.network_runs import RIGHT, close, sizes, train
from course_lib.grading.checks.stopping_runs import ScriptedRun, trained_runs_of
from course_lib.grading.checks.stopping_scripts import val_losses
from course_lib.grading.checks.trials import require_result
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call, Outcome, Scenario

KEYS = ("train_loss", "val_loss", "val_accuracy")
_NUMBERS = ("float", "int", "tensor")
APART = 0.02  # far above float32's rounding


def judge_history(call: Call, rng: random.Random) -> None:
    """The pair (model, history) comes back; each list has one entry for each epoch that ran."""
    _, seen = trained_runs_of(call, rng)
    if not seen.runs:
        require_result(next(iter(seen.errors.values())))
    for run in seen.runs.values():
        _judge_form(run.outcome)
        for key in KEYS:
            _judge_list(key, run)


def _judge_form(outcome: Outcome) -> None:
    form = outcome["form"]
    if form == "model, history":
        return
    if form == "history, model":
        raise fail("early_stopping", "order_of_the_pair")
    raise fail("early_stopping", "not_the_pair", form=form)


def _judge_list(key: str, run: ScriptedRun) -> None:
    entries = run.outcome["history"][key]
    if entries is None:
        if key in run.outcome["keys"]:
            raise fail("early_stopping", "not_a_list", key=key)
        keys = ", ".join(f'"{name}"' for name in run.outcome["keys"]) or "none"
        raise fail("early_stopping", "list_missing", key=key, keys=keys)
    epochs = int(run.epochs)
    if len(entries) != epochs:
        facts = {"key": key, "entries": len(entries), "epochs": epochs}
        if len(entries) == run.best_epoch:
            raise fail("early_stopping", "history_ends_at_the_best", **facts)
        more = "one_entry_too_many" if len(entries) == epochs + 1 else "entries_differ"
        raise fail("early_stopping", more, **facts)
    for entry in entries:
        if entry["kind"] == "graph":
            raise fail("early_stopping", "history_keeps_graphs", key=key)
        if entry["kind"] not in _NUMBERS:
            raise fail("early_stopping", "entry_is_no_number", key=key, type=entry["type"])
    found = [entry["value"] for entry in entries]
    # Only what no wrong mean can explain: entries of another list, or in another order.
    if key == "val_loss" and not _same(found, _scripted(run, "val_loss")):
        if _same(found, _scripted(run, "train_loss")):
            trained = _numbers(run, "train_loss")
            both = trained is not None and _same(trained, _scripted(run, "train_loss"))
            code = "validated_on_training_data" if both else "losses_swapped"
            raise fail("early_stopping", code)
        if _same(found, _lowest_so_far(_scripted(run, "val_loss"))):
            raise fail("early_stopping", "holds_the_best_so_far")
        if _same(sorted(found), sorted(_scripted(run, "val_loss"))):
            raise fail("early_stopping", "entries_out_of_order", key=key)


def _lowest_so_far(losses: list[float]) -> list[float]:
    return [float(np.fmin.reduce(losses[:epochs])) for epochs in range(1, len(losses) + 1)]


def _numbers(run: ScriptedRun, key: str) -> list[float] | None:
    values = [entry["value"] for entry in run.outcome["history"][key] or []]
    return None if None in values else values


def _same(one: list[float], other: list[float]) -> bool:
    return close([_finite(v) for v in one], [_finite(v) for v in other])


def _finite(value: float) -> float:
    return -1.0 if math.isnan(value) else value


def _scripted(run: ScriptedRun, key: str) -> list[float]:
    values = val_losses(run.scenario) if key == "val_loss" else run.scenario["script"][key]
    return values[: int(run.epochs)]


def judge_means(call: Call, rng: random.Random) -> None:
    """The losses are means over samples, the accuracy a share of them."""
    trials, seen = trained_runs_of(call, rng)
    scenario = trials.once("still scenario", lambda: _told_apart(rng))
    outcome = require_result(trials.once("still", lambda: trials(scenario)))
    history = outcome["history"]
    if history is None:
        raise fail("early_stopping", "no_history_to_judge")
    if seen.by_another_optimizer:  # the check on training says so; nothing is still in that run
        _judge_nearness(scenario, history)
        return
    expected = _expected(scenario, RIGHT)
    by_softmax = _expected(scenario, {**RIGHT, "outputs": "softmax"})
    softmax = ("outputs", "softmax") in (training_of(call, rng) or {}).items()
    swapped = {"train_loss": "val_loss", "val_loss": "train_loss"}
    for key, named in expected.items():
        entries = _values(history[key])
        for value in entries[-EPOCHS:]:
            name = name_of(value, named)
            other = swapped.get(key)
            if name == "right":
                continue
            if name is None and (value is None or len(entries) != EPOCHS):
                continue  # no number, or not one for each epoch: the check on the history says so
            if name is None and other and name_of(value, expected[other]) == "right":
                continue  # the lists are swapped: the check on the history says so
            if softmax and name_of(value, by_softmax[key]) == "right":
                continue  # the check on training says so
            code = name or ("accuracy_differs" if key == "val_accuracy" else "mean_differs")
            raise fail("early_stopping", code, key=key)
    _judge_moving(call, rng)


def _judge_moving(call: Call, rng: random.Random) -> None:
    """Where training is right, its losses are those met while the weights moved."""
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


def _means(losses: list[list[float]], data: dict[str, Any]) -> list[float]:
    return [float(np.average(epoch, weights=sizes(data))) for epoch in losses]


def _judge_nearness(scenario: Scenario, history: Any) -> None:
    for key in KEYS[:2]:
        right = _expected(scenario, RIGHT)[key]["right"]
        if not all(v is not None and abs(v - right) < 0.1 * right for v in _values(history[key])):
            raise fail("early_stopping", "mean_differs", key=key)


def _expected(scenario: Scenario, choices: Choices) -> dict[str, dict[str, float]]:
    done = train(scenario, choices, 1)
    train_sizes, val_sizes = sizes(scenario["train"]), sizes(scenario["validation"])
    return {
        "train_loss": candidates(done.train_losses[0], train_sizes),
        "val_loss": candidates(done.val_losses[0], val_sizes),
        "val_accuracy": _accuracies(done.val_right[0], val_sizes),
    }


def _told_apart(rng: random.Random) -> Scenario:
    """A run in which no usual wrong mean, and none of the other data set, is near the right one."""
    while True:
        scenario = still_run(rng)
        done = train(scenario, RIGHT, 1)
        means = [
            candidates(done.train_losses[0], sizes(scenario["train"])),
            candidates(done.val_losses[0], sizes(scenario["validation"])),
        ]
        own = [named.pop("right") for named in means]
        others = [(right, [*named.values()]) for right, named in zip(own, means, strict=True)]
        others.append((own[0], [own[1]]))
        accuracies = _accuracies(done.val_right[0], sizes(scenario["validation"]))
        others.append((accuracies.pop("right"), [*accuracies.values()]))
        on_training_data = train({**scenario, "validation": scenario["train"]}, RIGHT, 1)
        count = sum(sizes(scenario["train"]))
        shares = [
            sum(right) / count for right in (done.val_right[0], on_training_data.val_right[0])
        ]
        others.append((shares[0], [shares[1]]))
        if all(abs(right - wrong) > APART for right, wrongs in others for wrong in wrongs):
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
