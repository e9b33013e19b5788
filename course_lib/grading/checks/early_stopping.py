"""Exercise 01: what is asked of ``train_with_early_stopping``."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import numpy as np

from course_lib.grading.checks.early_stopping_history import judge_history, judge_means
from course_lib.grading.checks.early_stopping_training import (
    judge_arguments,
    judge_training,
    judge_validation,
)
from course_lib.grading.checks.explaining import Choices
from course_lib.grading.checks.stopping_rules import ALWAYS
from course_lib.grading.checks.stopping_runs import (
    RIGHT_KEEPING,
    ScriptedRun,
    ScriptedRuns,
    trained_runs_of,
)
from course_lib.grading.checks.stopping_scripts import val_losses
from course_lib.grading.checks.trials import require_result
from course_lib.grading.checks.wording import fail as fail_in
from course_lib.grading.exercise import Call, Check, Exercise, Fail

_COUNTING: dict[tuple[str, Any], tuple[str, str]] = {
    ("watches", "train_loss"): ("patience", "watches_training_loss"),
    ("watches", "val_accuracy"): ("patience", "watches_accuracy"),
    ("threshold", 1): ("patience", "stops_one_epoch_late"),
    ("threshold", -1): ("patience", "stops_one_epoch_early"),
    ("threshold", None): ("patience", "never_stops"),
    **{("threshold", always): ("patience", "patience_has_no_effect") for always in ALWAYS},
    ("limit", "none"): ("patience", "max_epochs_has_no_effect"),
    ("limit", "one"): ("patience", "one_epoch_only"),
    ("limit", -1): ("patience", "one_epoch_short_of_max"),
    ("limit", 1): ("patience", "one_epoch_beyond_max"),
    ("counter", "never_resets"): ("counting", "counter_never_reset"),
    ("compares", "with_last"): ("counting", "compares_with_last_epoch"),
    ("compares", "never_lower"): ("counting", "nothing_is_an_improvement"),
    ("compares", "higher"): ("counting", "takes_higher_for_better"),
    ("compares", "any_number"): ("counting", "best_is_never_remembered"),
    ("compares", "from_one"): ("counting", "best_starts_too_low"),
    ("compares", "nan_is_lowest"): ("strictly_lower", "nan_counts_as_the_lowest"),
    ("compares", "nan_ends"): ("strictly_lower", "ends_at_a_nan"),
    ("compares", "equal_counts"): ("strictly_lower", "equal_counts_as_improvement"),
    ("compares", "equal_ignored"): ("strictly_lower", "equal_or_nan_not_counted"),
    ("compares", "nan_counts"): ("strictly_lower", "nan_counts_as_improvement"),
    ("compares", "equal_and_nan_count"): ("strictly_lower", "equal_and_nan_count"),
    ("compares", "first_always"): ("strictly_lower", "first_epoch_always_best"),
    ("compares", "by_a_margin"): ("strictly_lower", "small_improvement_ignored"),
    ("compares", "nan_ignored"): ("strictly_lower", "nan_not_counted"),
}
_KEEPING = {
    ("watches", "train_loss"): ("best_parameters", "best_by_training_loss"),
    ("watches", "val_accuracy"): ("best_parameters", "best_by_accuracy"),
    ("compares", "equal_counts"): ("strictly_lower", "later_of_equal_epochs"),
    ("compares", "nan_counts"): ("strictly_lower", "nan_epoch_kept"),
    ("compares", "equal_and_nan_count"): ("strictly_lower", "nan_epoch_kept"),
    ("compares", "first_always"): ("strictly_lower", "nan_epoch_kept"),
    ("compares", "by_a_margin"): ("strictly_lower", "small_improvement_ignored"),
    ("compares", "nan_ignored"): ("strictly_lower", "nan_epoch_kept"),
    ("compares", "equal_ignored"): ("strictly_lower", "later_of_equal_epochs"),
    ("compares", "with_last"): ("best_parameters", "kept_when_lower_than_last"),
    ("compares", "from_one"): ("best_parameters", "not_the_best"),
    ("compares", "nan_is_lowest"): ("strictly_lower", "nan_epoch_kept"),
    ("compares", "nan_ends"): ("best_parameters", "not_the_best"),
    ("keeps", "one_epoch_older"): ("best_parameters", "state_from_before_the_epoch"),
    ("keeps", "if_stopped"): ("best_parameters", "restored_only_when_stopped"),
    ("keeps", "if_not_stopped"): ("best_parameters", "restored_only_at_max_epochs"),
}
_RUNS_OF = {
    "patience": ("patience", "decoys", "to_the_end"),
    "counting": ("in_a_row", "falling_again"),
    "strictly_lower": ("ties", "nan", "nan_first", "tiny"),
}


def _fail(code: str, run: ScriptedRun, **facts: Any) -> Fail:
    losses = ", ".join(
        "NaN" if np.isnan(loss) else f"{loss:.2f}"
        for loss in val_losses(run.scenario)[: run.scenario["max_epochs"]]
    )
    return fail_in(
        "early_stopping",
        code,
        losses=losses,
        patience=run.scenario["patience"],
        max_epochs=run.scenario["max_epochs"],
        expected=run.right_epochs,
        got=f"{run.epochs:g}",
        best=run.best_epoch,
        kept=run.parameters_of,
        **facts,
    )


def _judge_counting(check: str, call: Call, rng: random.Random) -> None:
    _, seen = trained_runs_of(call, rng)
    wrong = [run for run in seen.runs.values() if run.epochs != run.right_epochs]
    for aspect, value in (seen.counting or {}).items():
        owner, code = _COUNTING[aspect, value]
        if owner == check:
            epochs = value[1] if value in ALWAYS else 0
            raise _fail(code, wrong[0], after="epoch" if epochs == 1 else f"{epochs} epochs")
    for name in _RUNS_OF[check]:
        if name in seen.errors:
            require_result(seen.errors[name])
    if seen.counting is None:  # no known mistakes explain it: each check looks at its own runs
        for name in _RUNS_OF[check]:
            run = seen.runs[name]
            if run.epochs != run.right_epochs:
                raise _fail("stops_elsewhere", run)
        if check == "patience" and all(r.epochs == r.right_epochs for r in _own_runs(seen)):
            raise _fail("stops_elsewhere", wrong[0])
    if check == "strictly_lower":
        _judge_keeping(check, seen)


def _own_runs(seen: ScriptedRuns) -> Iterable[ScriptedRun]:
    return [seen.runs[name] for names in _RUNS_OF.values() for name in names if name in seen.runs]


def _judge_keeping(check: str, seen: ScriptedRuns) -> None:
    wrong = [run for run in seen.runs.values() if not run.keeps_as(RIGHT_KEEPING)]
    if not wrong or _follows_from(seen, seen.counting):
        return
    if seen.by_another_optimizer:  # its steps are none of ours: the check on training says so
        return
    if seen.keeping is None:
        if check == "best_parameters":
            belongs_to_none = wrong[0].parameters_of is None
            raise _fail("not_a_state_of_the_run" if belongs_to_none else "not_the_best", wrong[0])
        return
    ((aspect, value),) = seen.keeping.items()
    if value == "nothing_moved":
        if not seen.moved:  # in the whole training: the check on training says so
            return
        owner, code = "best_parameters", "initial_state_returned"
    elif value == "never":
        owner, code = "best_parameters", _why_the_last(seen)
    else:
        owner, code = _KEEPING[aspect, value]
    if owner == check:
        raise _fail(code, wrong[0])


def _why_the_last(seen: ScriptedRuns) -> str:
    """Why the last epoch's parameters come back."""
    loads = {run.outcome["loaded"] for run in seen.runs.values()}
    if "own" in loads:
        return "state_aliased"
    return "last_state_kept" if "other" in loads else "best_never_restored"


def _follows_from(seen: ScriptedRuns, counting: Choices | None) -> bool:
    """Whether the wrong states come from the wrong counting alone."""
    same = {key: value for key, value in (counting or {}).items() if key in RIGHT_KEEPING}
    if {"never_lower", "higher", "any_number", "from_one"} & {*same.values()}:
        return True  # whatever comes back was not chosen
    return bool(same) and seen.keep_as({**RIGHT_KEEPING, **same})


def judge_patience(call: Call, rng: random.Random) -> None:
    """Stops when patience is used up, by the validation loss; never beyond max_epochs."""
    _judge_counting("patience", call, rng)


def judge_counting(call: Call, rng: random.Random) -> None:
    """Counts epochs in a row, and compares with the best so far."""
    _judge_counting("counting", call, rng)


def judge_strictly_lower(call: Call, rng: random.Random) -> None:
    """Equal losses and NaN are no improvements."""
    _judge_counting("strictly_lower", call, rng)


def judge_best_parameters(call: Call, rng: random.Random) -> None:
    """The parameters of the best epoch come back."""
    _, seen = trained_runs_of(call, rng)
    if not seen.runs:
        require_result(next(iter(seen.errors.values())))
    _judge_keeping("best_parameters", seen)


def judge_best_buffers(call: Call, rng: random.Random) -> None:
    """The buffers come from the same epoch as the parameters."""
    _, seen = trained_runs_of(call, rng)
    if not seen.runs:
        require_result(next(iter(seen.errors.values())))
    for run in seen.runs.values():
        if run.buffers_of not in (run.parameters_of, run.best_epoch):
            raise _fail("buffers_not_restored", run, buffers=run.buffers_of)


EXERCISE = Exercise(
    name="early_stopping",
    file="01_early_stopping",
    title="Early stopping",
    required=("train_with_early_stopping",),
    checks=(
        Check("patience", 1, judge_patience),
        Check("counting", 1, judge_counting),
        Check("strictly_lower", 1, judge_strictly_lower),
        Check("best_parameters", 1, judge_best_parameters),
        Check("best_buffers", 1, judge_best_buffers),
        Check("history", 1, judge_history),
        Check("mean_losses", 1, judge_means),
        Check("training", 1, judge_training),
        Check("validation", 1, judge_validation),
        Check("arguments", 1, judge_arguments),
    ),
)
