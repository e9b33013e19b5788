"""Exercise 02: what is asked of ``train_one_epoch_with_progress``."""

from __future__ import annotations

import random

from course_lib.grading.checks.bar_moves import judge_advances, judge_full_and_closed
from course_lib.grading.checks.bar_said import judge_description, judge_postfix
from course_lib.grading.checks.bar_training import judge_training
from course_lib.grading.checks.means import candidates, is_rounded, name_of
from course_lib.grading.checks.seen_batches import begins_anew
from course_lib.grading.checks.trials import require_result
from course_lib.grading.checks.watched_bar import BATCHES, watched_run_of
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call, Check, Exercise

_NAME = "progress_bar"


def judge_one_bar(call: Call, rng: random.Random) -> None:
    """One bar, and a visible one."""
    watched = watched_run_of(call, rng)
    watched.bar()
    bars = [b for b in watched.outcome["bars"] if b["shown"] and not b["disabled"]]
    if len(bars) > 1:
        raise fail(_NAME, "several_bars", bars=len(bars))


def judge_total(call: Call, rng: random.Random) -> None:
    """The bar knows how many batches there are."""
    watched = watched_run_of(call, rng)
    total = watched.bar()["total"]
    if total is None:
        raise fail(_NAME, "no_total", batches=BATCHES)
    if total != BATCHES:
        of_samples = total == watched.samples
        code = "total_of_samples" if of_samples else "total_differs"
        raise fail(_NAME, code, batches=BATCHES, total=f"{total:g}")


def judge_mean_loss(call: Call, rng: random.Random) -> None:
    """What comes back is the mean loss over all samples, a float."""
    watched = watched_run_of(call, rng)
    returned = require_result(watched.outcome)["returned"]
    if returned["kind"] in ("graph", "tensor"):
        raise fail(_NAME, "returns_a_tensor")
    if returned["kind"] in ("none", "other"):
        raise fail(_NAME, "returns_no_number", type=returned["type"])
    named = candidates(watched.losses, watched.sizes)
    if is_rounded(returned["value"], named["right"]):
        raise fail(_NAME, "mean_is_rounded")
    name = name_of(returned["value"], named)
    if name != "right":
        raise fail(_NAME, name or "mean_differs")


def judge_drawn_once(call: Call, rng: random.Random) -> None:
    """Each batch is drawn once."""
    watched = watched_run_of(call, rng)
    drawn, samples = require_result(watched.outcome)["drawn"], watched.samples
    if begins_anew(watched.outcome):
        raise fail(_NAME, "loader_begins_anew")
    if drawn > samples:
        raise fail(_NAME, "drawn_more_than_once", times=f"{drawn / samples:.2g}")
    if drawn < samples:
        raise fail(_NAME, "not_all_drawn", drawn=drawn, samples=samples)


EXERCISE = Exercise(
    name=_NAME,
    file="02_progress_bar",
    title="Progress bar",
    required=("train_one_epoch_with_progress",),
    checks=(
        Check("one_bar", 1, judge_one_bar),
        Check("total", 1, judge_total),
        Check("description", 1, judge_description),
        Check("postfix", 2, judge_postfix),
        Check("advances", 1, judge_advances),
        Check("full_and_closed", 1, judge_full_and_closed),
        Check("training", 1, judge_training),
        Check("mean_loss", 1, judge_mean_loss),
        Check("drawn_once", 1, judge_drawn_once),
    ),
)
