"""Whether the screen shows all points so far, after each update."""

from __future__ import annotations

import random
from typing import Any

from course_lib.grading.checks.dashboard_reading import curves, shows
from course_lib.grading.checks.dashboard_runs import Run, run_of
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call

_NAME = "dashboard"


def judge_live(call: Call, rng: random.Random) -> None:
    """After each update the screen shows all points so far."""
    run = run_of(call, rng)
    states = run.states
    if states[-1]["figure"] is None:
        raise fail(_NAME, "no_figure")
    run.refuse_unseen()
    for number, state in enumerate(states, 1):
        if run.shown_rightly() and not _has_points(state["figure"], run, number):
            now = curves(state["figure"])
            ahead = now is not None and len(now.train[-1]["y"]) > number
            raise fail(_NAME, "figure_is_ahead" if ahead else "figure_is_behind", number=number)
    if not states[-1]["ever_shown"]:
        raise fail(_NAME, "nothing_on_screen")
    for number, state in enumerate(states, 1):
        if not state["ever_shown"]:
            raise fail(_NAME, "shown_too_late", number=number)
        if not state["pictures"]:
            raise fail(_NAME, "screen_empty_meanwhile", number=number)
        shown = [
            line for picture in state["screen"][-_figures(state) :] for line in _drawn(picture)
        ]
        if sorted(shown) != sorted(_drawn(state["figure"])):
            raise fail(_NAME, "screen_is_behind", number=number)


def _figures(state: dict[str, Any]) -> int:
    return max(int((state["figure"] or {}).get("figures", 1)), 1)


def _has_points(figure: Any, run: Run, epochs: int) -> bool:
    found = curves(figure)
    return (
        found is not None
        and shows(found.train, run.train[:epochs])
        and shows(found.validation, run.validation[:epochs])
    )


def _drawn(figure: Any) -> list[Any]:
    """The data of all lines."""
    axes = (figure or {"axes": []})["axes"]
    return [
        [repr(value) for key in ("x", "y") for value in line[key]]
        for one in axes
        for line in one["lines"]
    ]
