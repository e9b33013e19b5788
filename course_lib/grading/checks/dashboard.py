"""Exercise 04: what is asked of ``TrainingDashboard``."""

from __future__ import annotations

import random
from typing import Any

from course_lib.grading.checks.agreement import close
from course_lib.grading.checks.dashboard_live import judge_live
from course_lib.grading.checks.dashboard_nan import judge_nan, starts_with_the_first
from course_lib.grading.checks.dashboard_reading import curves, points, shows
from course_lib.grading.checks.dashboard_runs import EPOCHS, Run, run_of
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call, Check, Exercise

_NAME = "dashboard"


def judge_lines(call: Call, rng: random.Random) -> None:
    """Two lines in one axes, labelled train and validation."""
    run = run_of(call, rng)
    found = run.curves()
    if not run.states[-1]["named"]:
        raise fail(_NAME, "figure_has_another_name")
    if found.axes.get("as_points"):
        raise fail(_NAME, "points_without_lines")
    if found.apart:
        raise fail(_NAME, "curves_in_two_axes")
    if not found.labelled:
        yours = ", ".join(f'"{line["label"]}"' for line in found.axes["lines"][:4])
        raise fail(_NAME, "lines_not_labelled", labels=yours)
    for lines in (found.train, found.validation):
        labels = [line["label"] for line in lines]
        if len(labels) != len(set(labels)):
            raise fail(_NAME, "lines_pile_up", lines=len(labels))
    second = curves(run_of(call, rng, nan="middle").last_figure)
    if second and run.shown_rightly() and shows([*second.train, *second.validation], run.train):
        raise fail(_NAME, "figure_is_shared")


def judge_epochs(call: Call, rng: random.Random) -> None:
    """x is the epoch, from 1."""
    run = run_of(call, rng)
    found = run.curves()
    for line in (found.train[-1], found.validation[-1]):
        x, _ = points(line, len(run.epochs))
        if _are_epochs(x, run.epochs):
            continue
        if _is_turned(run, line):
            raise fail(_NAME, "x_and_y_swapped")
        raise fail(_NAME, "epochs_from_0" if 0.0 in x else "epochs_differ")
    for number, state in enumerate(run.states, 1):
        now = curves(state["figure"])
        for line in (now.train[-1], now.validation[-1]) if now else ():
            x, y = points(line, number)
            if len(y) == number and not _are_epochs(x, run.epochs[:number]):
                raise fail(_NAME, "epochs_differ_meanwhile", number=number)


def _are_epochs(x: list[float], epochs: list[float]) -> bool:
    return bool(x) and set(x) <= {float(epoch) for epoch in epochs} and x == sorted(set(x))


def judge_losses(call: Call, rng: random.Random) -> None:
    """y is the losses, all of them."""
    run = run_of(call, rng)
    run.refuse_unseen()
    if run.shown_rightly():
        if starts_with_the_first(run, run_of(call, rng, nan="middle").last_figure):
            raise fail(_NAME, "lists_are_shared")
        return
    found = run.curves()
    if _is_turned(run, found.train[-1]):
        return  # the check on the epochs says so
    if shows(found.train, run.validation) and shows(found.validation, run.train):
        raise fail(_NAME, "curves_swapped")
    for losses in (run.train, run.validation):
        if shows(found.train, losses) and shows(found.validation, losses):
            raise fail(_NAME, "both_curves_the_same")
    y = points(found.train[-1], len(run.epochs))[1]
    if len(y) == 1:
        raise fail(_NAME, "only_the_last_point")
    if len(y) < len(run.epochs):
        raise fail(_NAME, "points_missing", points=len(y), epochs=len(run.epochs))
    rounded = any(close(y, [round(loss, digits) for loss in run.train]) for digits in range(3))
    raise fail(_NAME, "losses_are_rounded" if rounded else "losses_differ")


def _is_turned(run: Run, line: dict[str, Any]) -> bool:
    return close(line["y"], run.epochs) and any(
        close(line["x"], losses) for losses in (run.train, run.validation)
    )


def judge_axis_labels(call: Call, rng: random.Random) -> None:
    """Both axes say what they show."""
    figure = run_of(call, rng).states[-1]["figure"]
    if figure is None:
        raise fail(_NAME, "no_figure")
    found = curves(figure)
    axes = found.axes if found else (figure["axes"] or [{"labels": ["", ""]}])[0]
    x, y = (
        (own or of_figure).strip()
        for own, of_figure in zip(axes["labels"], figure["labels"], strict=True)
    )
    if not (x and y):
        missing = (
            "neither axis has one" if not (x or y) else f"the {'y' if x else 'x'} axis has none"
        )
        raise fail(_NAME, "axes_not_labelled", missing=missing)
    if not all(axes.get("labels_seen", [True])):
        raise fail(_NAME, "axis_labels_not_seen")
    if "loss" in x.lower() and "epoch" in y.lower():
        raise fail(_NAME, "axis_labels_swapped")


def judge_legend(call: Call, rng: random.Random) -> None:
    """A legend tells the lines apart."""
    figure = run_of(call, rng).states[-1]["figure"]
    if figure is None:
        raise fail(_NAME, "no_figure")
    entries = [*figure["legend"], *(text for axes in figure["axes"] for text in axes["legend"])]
    if len(entries) >= 2:
        if not all(axes.get("legend_seen", True) for axes in figure["axes"]):
            raise fail(_NAME, "legend_not_seen")
        return
    has_legend = any("legend" in axes and axes["legend"] is not None for axes in figure["axes"])
    raise fail(_NAME, "legend_incomplete" if entries and has_legend else "no_legend")


def judge_in_view(call: Call, rng: random.Random) -> None:
    """Every point lies within the limits, after each update."""
    run = run_of(call, rng)
    run.drawn()
    if not run.in_view:
        raise fail(_NAME, "points_out_of_view")


def judge_one_figure(call: Call, rng: random.Random) -> None:
    """However many updates: one figure on screen, one figure open."""
    states = run_of(call, rng).states
    if states[-1]["open"] > 1:
        raise fail(_NAME, "figures_stay_open", updates=EPOCHS, open=states[-1]["open"])
    if states[-1]["pictures"] > 1:
        raise fail(_NAME, "one_picture_per_update", updates=EPOCHS, pictures=states[-1]["pictures"])


EXERCISE = Exercise(
    name=_NAME,
    file="04_live_dashboard",
    title="Live dashboard",
    required=("TrainingDashboard",),
    checks=(
        Check("lines", 1, judge_lines),
        Check("epochs", 1, judge_epochs),
        Check("losses", 2, judge_losses),
        Check("axis_labels", 1, judge_axis_labels),
        Check("legend", 1, judge_legend),
        Check("in_view", 1, judge_in_view),
        Check("nan", 1, judge_nan),
        Check("one_figure", 1, judge_one_figure),
        Check("live", 1, judge_live),
    ),
)
