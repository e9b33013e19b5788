"""When ``train_with_early_stopping`` has to stop: the mistakes in counting, and their checks."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from course_lib.grading.checks.early_stopping_keeping import judge_keeping
from course_lib.grading.checks.stopping_rules import ALWAYS, EPOCHS_SO_FAR
from course_lib.grading.checks.stopping_runs import ScriptedRun, ScriptedRuns, trained_runs_of
from course_lib.grading.checks.stopping_wording import fail_in_run
from course_lib.grading.checks.trials import require_result
from course_lib.grading.exercise import Call

_COUNTING: dict[tuple[str, Any], tuple[str, str]] = {
    ("watches", "train_loss"): ("patience", "watches_training_loss"),
    ("watches", "val_accuracy"): ("patience", "watches_accuracy"),
    ("watches", "both_losses"): ("patience", "watches_both_losses"),
    ("threshold", 1): ("patience", "stops_one_epoch_late"),
    ("threshold", -1): ("patience", "stops_one_epoch_early"),
    ("threshold", None): ("patience", "never_stops"),
    **{("threshold", always): ("patience", "patience_has_no_effect") for always in ALWAYS},
    ("threshold", "twice"): ("patience", "waits_twice_as_long"),
    ("limit", "none"): ("patience", "max_epochs_has_no_effect"),
    ("limit", "one"): ("patience", "one_epoch_only"),
    ("limit", -1): ("patience", "one_epoch_short_of_max"),
    ("limit", 1): ("patience", "one_epoch_beyond_max"),
    ("counter", "lowered"): ("counting", "counter_lowered"),
    ("counter", "halved"): ("counting", "counter_halved"),
    ("counter", "back_to_1"): ("patience", "stops_one_epoch_early"),
    ("counter", "each_epoch"): ("patience", "counter_reset_in_each_epoch"),
    ("counter", "never_resets"): ("counting", "counter_never_reset"),
    **{("counter", so_far): ("counting", "counts_epochs_so_far") for so_far in EPOCHS_SO_FAR},
    ("compares", "with_last"): ("counting", "compares_with_last_epoch"),
    ("compares", "from_before"): ("counting", "best_from_before_training"),
    ("compares", "below_training"): ("counting", "compares_with_training_loss"),
    ("compares", "not_above_training"): ("counting", "compares_with_training_loss"),
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
_RUNS_OF = {
    "patience": ("patience", "decoys", "to_the_end"),
    "counting": ("in_a_row", "falling_again"),
    "strictly_lower": ("ties", "nan", "nan_first", "tiny"),
}


def _judge_counting(check: str, call: Call, rng: random.Random) -> None:
    _, seen = trained_runs_of(call, rng)
    wrong = [run for run in seen.runs.values() if run.epochs != run.right_epochs]
    for aspect, value in (seen.counting or {}).items():
        owner, code = _COUNTING[aspect, value]
        if value == "train_loss" and seen.validated_on_training_data:
            continue  # the check on the history says so
        if owner == check:
            epochs = value[1] if value in ALWAYS else 0
            raise fail_in_run(code, wrong[0], after="epoch" if epochs == 1 else f"{epochs} epochs")
    for name in _RUNS_OF[check]:
        if name in seen.errors:
            require_result(seen.errors[name])
    if seen.counting is None:  # no known mistakes explain it: each check looks at its own runs
        for name in _RUNS_OF[check]:
            run = seen.runs[name]
            if run.epochs != run.right_epochs:
                raise fail_in_run("stops_elsewhere", run)
        if check == "patience" and all(r.epochs == r.right_epochs for r in _own_runs(seen)):
            raise fail_in_run("stops_elsewhere", wrong[0])
    if check == "strictly_lower":
        judge_keeping(check, seen)


def _own_runs(seen: ScriptedRuns) -> Iterable[ScriptedRun]:
    return [seen.runs[name] for names in _RUNS_OF.values() for name in names if name in seen.runs]


def judge_patience(call: Call, rng: random.Random) -> None:
    """Stops when patience is used up, by the validation loss; never beyond max_epochs."""
    _judge_counting("patience", call, rng)


def judge_counting(call: Call, rng: random.Random) -> None:
    """Counts epochs in a row, and compares with the best so far."""
    _judge_counting("counting", call, rng)


def judge_strictly_lower(call: Call, rng: random.Random) -> None:
    """Equal losses and NaN are no improvements."""
    _judge_counting("strictly_lower", call, rng)
