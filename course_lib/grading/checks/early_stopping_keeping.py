"""Which epoch's state ``train_with_early_stopping`` has to hand back, and their checks."""

from __future__ import annotations

import random

from course_lib.grading.checks.explaining import Choices
from course_lib.grading.checks.stopping_runs import RIGHT_KEEPING, ScriptedRuns, trained_runs_of
from course_lib.grading.checks.stopping_wording import fail_in_run
from course_lib.grading.checks.trials import require_result
from course_lib.grading.exercise import Call

_KEEPING = {
    ("watches", "train_loss"): ("best_parameters", "best_by_training_loss"),
    ("watches", "val_accuracy"): ("best_parameters", "best_by_accuracy"),
    ("watches", "both_losses"): ("best_parameters", "best_by_both_losses"),
    ("compares", "equal_counts"): ("strictly_lower", "later_of_equal_epochs"),
    ("compares", "nan_counts"): ("strictly_lower", "nan_epoch_kept"),
    ("compares", "equal_and_nan_count"): ("strictly_lower", "nan_epoch_kept"),
    ("compares", "first_always"): ("strictly_lower", "nan_epoch_kept"),
    ("compares", "by_a_margin"): ("strictly_lower", "small_improvement_ignored"),
    ("compares", "nan_ignored"): ("strictly_lower", "nan_epoch_kept"),
    ("compares", "equal_ignored"): ("strictly_lower", "later_of_equal_epochs"),
    ("compares", "with_last"): ("best_parameters", "kept_when_lower_than_last"),
    ("compares", "from_before"): ("best_parameters", "not_the_best"),
    ("compares", "below_training"): ("best_parameters", "kept_when_below_training"),
    ("compares", "not_above_training"): ("best_parameters", "kept_when_below_training"),
    ("compares", "from_one"): ("best_parameters", "not_the_best"),
    ("compares", "nan_is_lowest"): ("strictly_lower", "nan_epoch_kept"),
    ("compares", "nan_ends"): ("best_parameters", "not_the_best"),
    ("keeps", "rolled_back"): ("best_parameters", "goes_back_when_worse"),
    ("keeps", "one_epoch_older"): ("best_parameters", "state_from_before_the_epoch"),
    ("keeps", "if_stopped"): ("best_parameters", "restored_only_when_stopped"),
    ("keeps", "if_not_stopped"): ("best_parameters", "restored_only_at_max_epochs"),
}


def judge_keeping(check: str, seen: ScriptedRuns) -> None:
    """What of a wrong state that came back belongs to this check."""
    wrong = [run for run in seen.runs.values() if not run.keeps_as(RIGHT_KEEPING)]
    if not wrong or _follows_from(seen, seen.counting):
        return
    if seen.by_another_optimizer:  # its steps are none of ours: the check on training says so
        return
    if seen.keeping is None:
        if check == "best_parameters":
            of_none = wrong[0].parameters_of is None
            raise fail_in_run("not_a_state_of_the_run" if of_none else "not_the_best", wrong[0])
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
        raise fail_in_run(code, wrong[0])


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


def judge_best_parameters(call: Call, rng: random.Random) -> None:
    """The parameters of the best epoch come back."""
    _, seen = trained_runs_of(call, rng)
    if not seen.runs:
        require_result(next(iter(seen.errors.values())))
    judge_keeping("best_parameters", seen)


def judge_best_buffers(call: Call, rng: random.Random) -> None:
    """The buffers come from the same epoch as the parameters."""
    _, seen = trained_runs_of(call, rng)
    if not seen.runs:
        require_result(next(iter(seen.errors.values())))
    for run in seen.runs.values():
        if run.buffers_of not in (run.parameters_of, run.best_epoch):
            raise fail_in_run("buffers_not_restored", run, buffers=run.buffers_of)
