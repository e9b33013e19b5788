"""How ``train_with_early_stopping`` has to train and to validate, and what it has to refuse."""

from __future__ import annotations

import random

import numpy as np

from course_lib.grading.checks.early_stopping_runs import network_run, training_mistakes
from course_lib.grading.checks.explaining import Choices
from course_lib.grading.checks.stopping_runs import trained_runs_of
from course_lib.grading.checks.trials import error_name, require_result
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call, Outcome, Scenario


def moving_runs_of(call: Call, rng: random.Random) -> list[tuple[Scenario, Outcome]]:
    """The networks that really train, and what became of them; made only once."""
    trials, _ = trained_runs_of(call, rng)
    scenarios = trials.once(
        "moving scenarios", lambda: [network_run(rng), network_run(rng, modes=True)]
    )
    outcomes = trials.once("moving", lambda: [trials(scenario) for scenario in scenarios])
    for outcome in outcomes:
        require_result(outcome)
    return list(zip(scenarios, outcomes, strict=True))


def training_of(call: Call, rng: random.Random) -> Choices | None:
    """The wrong choices that explain how the networks were trained; None if none do."""
    trials, seen = trained_runs_of(call, rng)

    def find() -> Choices | None:
        return training_mistakes(
            moving_runs_of(call, rng),
            kept_rightly=seen.keeping == {},
            limit=(seen.counting or {}).get("limit", 0),
        )

    return trials.once("training", find)


_TRAINING_CODES = {
    ("zeroing", "never"): "no_zero_grad",
    ("zeroing", "after_backward"): "zero_grad_after_backward",
    ("steps", "epoch"): "one_step_per_epoch",
    ("zeroing", "each_epoch"): "zero_grad_once_per_epoch",
    ("steps", "never"): "no_step",
    ("steps", "twice"): "steps_twice",
    ("outputs", "softmax"): "softmax_before_the_loss",
    ("train_mode", "once"): "train_mode_only_once",
    ("train_mode", "never"): "never_train_mode",
}
_VALIDATION_CODES = {
    ("eval_mode", False): "no_eval_mode",
    ("val_updates", "cleared"): "updates_from_validation",
    ("val_updates", "stale"): "updates_from_validation",
}


def judge_training(call: Call, rng: random.Random) -> None:
    """Each epoch trains as train_one_epoch does."""
    _, seen = trained_runs_of(call, rng)
    if seen.by_another_optimizer:
        raise fail("early_stopping", "another_optimizer")
    if any(set(run.outcome["lr"]) != {1.0} for run in seen.runs.values()):
        raise fail("early_stopping", "learning_rate_changed")
    mistakes = training_of(call, rng)
    if mistakes is None:
        runs = moving_runs_of(call, rng)
        rates_kept = all(outcome["lr"] == [run["optimizer"]["lr"]] for run, outcome in runs)
        raise fail("early_stopping", "training_differs" if rates_kept else "learning_rate_changed")
    if ("zeroing", "after_backward") in mistakes.items():
        if not any(run.outcome["backward"] for run in seen.runs.values()):
            raise fail("early_stopping", "no_backward")
        if not seen.stepped:
            mistakes = {"steps": "never"}
    for mistake in mistakes.items():
        if mistake in _TRAINING_CODES:
            raise fail("early_stopping", _TRAINING_CODES[mistake])


def judge_validation(call: Call, rng: random.Random) -> None:
    """Validation is in evaluation mode, records no graph, and changes nothing."""
    _, seen = trained_runs_of(call, rng)
    if not seen.runs:
        require_result(next(iter(seen.errors.values())))
    for run in seen.runs.values():
        initial = run.scenario["validated"]
        if not np.array_equal(np.asarray(run.outcome["state"]["validated"]), initial):
            raise fail("early_stopping", "updates_from_validation")
    outcomes = [run.outcome for run in seen.runs.values()]
    if not any(o["validations"] or o["measured_on_training"] for o in outcomes):
        raise fail("early_stopping", "never_validates")
    for mistake in (training_of(call, rng) or {}).items():
        if mistake in _VALIDATION_CODES:
            raise fail("early_stopping", _VALIDATION_CODES[mistake])
    if any(run.outcome["graph_on_validation"] for run in seen.runs.values()):
        raise fail("early_stopping", "graph_on_validation")


def judge_arguments(call: Call, rng: random.Random) -> None:
    """Patience below 1 is refused, 1 is taken."""
    trials, seen = trained_runs_of(call, rng)
    if "patience_1" in seen.errors:
        raised = seen.errors["patience_1"]["raised"]
        if raised.get("type") == "ValueError" and len(seen.errors) == 1:
            raise fail("early_stopping", "refuses_patience_1")
        require_result(seen.errors["patience_1"])
    for patience in (0, -rng.randint(1, 5)):
        outcome = trials({**seen.scenarios["to_the_end"], "patience": patience})
        if "raised" not in outcome:
            raise fail("early_stopping", "patience_not_checked", patience=patience)
        if error_name(outcome) != "ValueError":
            facts = {"patience": patience, "error": error_name(outcome)}
            raise fail("early_stopping", "refused_by_another_error", **facts)
