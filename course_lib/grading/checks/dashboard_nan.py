"""What becomes of a NaN among the losses, and of a second dashboard."""

from __future__ import annotations

import math
import random
from typing import Any

from course_lib.grading.checks.agreement import close
from course_lib.grading.checks.dashboard_reading import all_in_view, curves, shows
from course_lib.grading.checks.dashboard_runs import Run, run_of
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call

_NAME = "dashboard"


def judge_nan(call: Call, rng: random.Random) -> None:
    """A NaN loss leaves a gap and breaks nothing, wherever it comes."""
    plain = run_of(call, rng)
    plain.refuse_unseen()
    for place in ("middle", "train", "validation"):
        run = run_of(call, rng, nan=place)
        if place != "middle" and not plain.in_view:
            return  # wrong limits break at a NaN, too: the check on the view says so
        found = run.drawn()
        if not (plain.shown_rightly() or swapped(plain)):
            return  # what the lines hold is wrong anyway: the check on the losses says so
        if starts_with_the_first(plain, run.last_figure):
            return  # so is what a second dashboard's lines hold
        lines = [*found.train, *found.validation]
        for wanted in (run.train, run.validation):
            if not shows(lines, wanted):
                raise fail(_NAME, _how_nan_is_shown(lines, wanted, run))
        if plain.in_view and not all_in_view(found):
            raise fail(_NAME, "out_of_view_with_nan")


def _how_nan_is_shown(lines: list[dict[str, Any]], wanted: list[float], run: Run) -> str:
    """The code of what was done to a NaN."""
    both = [*map(math.isfinite, map(sum, zip(run.train, run.validation, strict=True)))]
    finite = [loss for loss in wanted if math.isfinite(loss)]
    left = [loss for loss, is_finite in zip(wanted, both, strict=True) if is_finite]
    if any(close(line["y"], kept) for line in lines for kept in (finite, left)):
        return "nan_leaves_no_gap"
    for line in lines:
        if len(line["y"]) == len(wanted):
            others = [y for y, loss in zip(line["y"], wanted, strict=True) if math.isfinite(loss)]
            if close(others, finite):
                return "nan_is_replaced"
    return "nan_breaks_the_line"


def starts_with_the_first(first: Run, second_figure: Any) -> bool:
    """Whether a second dashboard's lines begin with the losses of the first."""
    second = curves(second_figure)
    return second is not None and all(
        any(
            close(line["y"][: len(losses)], losses) and len(line["y"]) > len(losses)
            for line in lines
        )
        for lines, losses in ((second.train, first.train), (second.validation, first.validation))
    )


def swapped(run: Run) -> bool:
    """Whether each curve shows the losses of the other."""
    found = run.curves()
    return shows(found.train, run.validation) and shows(found.validation, run.train)
