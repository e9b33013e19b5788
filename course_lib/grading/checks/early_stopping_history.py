"""What ``train_with_early_stopping`` has to tell: one entry for each epoch, means over samples."""

from __future__ import annotations

import math
import random

import numpy as np

from course_lib.grading.checks.agreement import close
from course_lib.grading.checks.stopping_runs import ScriptedRun, trained_runs_of
from course_lib.grading.checks.stopping_scripts import val_losses
from course_lib.grading.checks.trials import require_result
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call, Outcome

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
