"""Exercise 04: what is asked of ``TrainingDashboard``."""

from __future__ import annotations

import math
import random
from typing import Any

from course_lib.grading.checks.dashboard_reading import Curves, curves, in_view, points, shows
from course_lib.grading.checks.network_runs import close
from course_lib.grading.checks.trials import Trials, require_result
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call, Check, Exercise, Scenario

_NAME = "dashboard"
_EPOCHS = 7


class _Run:
    """One dashboard: the losses that it got, and its states after each update."""

    def __init__(self, trials: Trials, scenario: Scenario) -> None:
        self.outcome = trials(scenario)
        self.epochs, self.train, self.validation = (
            [update[i] for update in scenario["updates"]] for i in range(3)
        )

    @property
    def states(self) -> list[dict[str, Any]]:
        """After each update. Raises AnswerRaised if one of them raised."""
        states: list[dict[str, Any]] = require_result(self.outcome)["states"]
        return states

    def curves(self) -> Curves:
        """The curves after the last update; raises Fail where there are none."""
        figure = self.states[-1]["figure"]
        if figure is None:
            raise fail(_NAME, "no_figure")
        found = curves(figure)
        if found is None:
            raise fail(_NAME, "no_two_lines")
        return found

    def drawn(self) -> Curves:
        """The curves; raises Fail where they hold nothing, and so show nothing of their points."""
        found = self.curves()
        if not any(len(line["y"]) for line in (*found.train, *found.validation)):
            raise fail(_NAME, "no_points")
        return found

    def shown_rightly(self) -> bool:
        """Whether all losses stand in the lines after the last update."""
        found = curves(self.states[-1]["figure"])
        return (
            found is not None
            and shows(found.train, self.train)
            and shows(found.validation, self.validation)
        )


def _scenario(rng: random.Random, nan: bool) -> Scenario:
    """Losses that go beyond the range of those before, up and down."""
    train, validation = [rng.uniform(2, 3)], [rng.uniform(3.5, 4.5)]
    for epoch in range(1, _EPOCHS):
        for losses in (train, validation):
            wide = max(losses) + rng.uniform(0.8, 2), min(losses) * rng.uniform(0.3, 0.7)
            losses.append(wide[0] if epoch % 3 == 2 else wide[1])
    if nan:
        train[4] = validation[2] = math.nan
    updates = [[epoch, *both] for epoch, both in enumerate(zip(train, validation, strict=True), 1)]
    return {"num_epochs": _EPOCHS, "updates": updates}


def _run(call: Call, rng: random.Random, nan: bool = False) -> _Run:
    trials = Trials.around(call)
    return trials.once(f"nan={nan}", lambda: _Run(trials, _scenario(rng, nan)))


def judge_lines(call: Call, rng: random.Random) -> None:
    """Two lines in one axes, labelled train and validation."""
    found = _run(call, rng).curves()
    if not found.labelled:
        yours = ", ".join(f'"{line["label"]}"' for line in found.axes["lines"][:4])
        raise fail(_NAME, "lines_not_labelled", labels=yours)
    for lines in (found.train, found.validation):
        labels = [line["label"] for line in lines]
        if len(labels) != len(set(labels)):
            raise fail(_NAME, "lines_pile_up", lines=len(labels))


def judge_epochs(call: Call, rng: random.Random) -> None:
    """x is the epoch, from 1."""
    run = _run(call, rng)
    found = run.curves()
    for line in (found.train[-1], found.validation[-1]):
        x, _ = points(line, len(run.epochs))
        if x and set(x) <= {float(epoch) for epoch in run.epochs} and x == sorted(set(x)):
            continue
        raise fail(_NAME, "epochs_from_0" if 0.0 in x else "epochs_differ")


def judge_losses(call: Call, rng: random.Random) -> None:
    """y is the losses, all of them."""
    run = _run(call, rng)
    if run.shown_rightly():
        return
    found = run.curves()
    if shows(found.train, run.validation) and shows(found.validation, run.train):
        raise fail(_NAME, "curves_swapped")
    y = points(found.train[-1], len(run.epochs))[1]
    if len(y) == 1:
        raise fail(_NAME, "only_the_last_point")
    if len(y) < len(run.epochs):
        raise fail(_NAME, "points_missing", points=len(y), epochs=len(run.epochs))
    raise fail(_NAME, "losses_differ")


def judge_axis_labels(call: Call, rng: random.Random) -> None:
    """Both axes say what they show."""
    figure = _run(call, rng).states[-1]["figure"]
    if figure is None:
        raise fail(_NAME, "no_figure")
    found = curves(figure)
    axes = found.axes if found else (figure["axes"] or [{"labels": ["", ""]}])[0]
    x, y = (
        (own or of_figure).strip()
        for own, of_figure in zip(axes["labels"], figure["labels"], strict=True)
    )
    if not (x and y):
        missing = "neither axis has" if not (x or y) else f"the {'y' if x else 'x'} axis has not"
        raise fail(_NAME, "axes_not_labelled", missing=missing)
    if "loss" in x.lower() and "epoch" in y.lower():
        raise fail(_NAME, "axis_labels_swapped")


def judge_legend(call: Call, rng: random.Random) -> None:
    """A legend tells the lines apart."""
    figure = _run(call, rng).states[-1]["figure"]
    if figure is None:
        raise fail(_NAME, "no_figure")
    entries = [*figure["legend"], *(text for axes in figure["axes"] for text in axes["legend"])]
    if len(entries) >= 2:
        return
    has_legend = any("legend" in axes and axes["legend"] is not None for axes in figure["axes"])
    raise fail(_NAME, "legend_incomplete" if entries and has_legend else "no_legend")


def judge_in_view(call: Call, rng: random.Random) -> None:
    """Every point lies within the limits, after each update."""
    run = _run(call, rng)
    run.drawn()
    for state in run.states:
        found = curves(state["figure"])
        if found and not _all_in_view(found):
            raise fail(_NAME, "points_out_of_view")


def judge_nan(call: Call, rng: random.Random) -> None:
    """A NaN loss leaves a gap and breaks nothing."""
    plain, run = _run(call, rng), _run(call, rng, nan=True)
    found = run.drawn()
    if not (plain.shown_rightly() or _swapped(plain)):
        return  # what the lines hold is wrong anyway: the check on the losses says so
    for wanted in (run.train, run.validation):
        lines = [*found.train, *found.validation]
        if shows(lines, wanted):
            continue
        finite = [loss for loss in wanted if not math.isnan(loss)]
        dropped = any(close(line["y"], finite) for line in lines)
        raise fail(_NAME, "nan_leaves_no_gap" if dropped else "nan_breaks_the_line")
    if _all_in_view(plain.curves()) and not _all_in_view(found):
        raise fail(_NAME, "out_of_view_with_nan")


def _all_in_view(found: Curves) -> bool:
    return in_view(found.axes, [*found.train, *found.validation])


def _swapped(run: _Run) -> bool:
    found = run.curves()
    return shows(found.train, run.validation) and shows(found.validation, run.train)


def judge_one_figure(call: Call, rng: random.Random) -> None:
    """However many updates: one figure on screen, one figure open."""
    states = _run(call, rng).states
    if states[-1]["open"] > 1:
        raise fail(_NAME, "figures_stay_open", updates=_EPOCHS, open=states[-1]["open"])
    if states[-1]["pictures"] > 1:
        raise fail(
            _NAME, "one_picture_per_update", updates=_EPOCHS, pictures=states[-1]["pictures"]
        )


def judge_live(call: Call, rng: random.Random) -> None:
    """After each update the screen shows all points so far."""
    run = _run(call, rng)
    states = run.states
    if states[-1]["figure"] is None:
        raise fail(_NAME, "no_figure")
    for number, state in enumerate(states, 1):
        if run.shown_rightly() and not _has_points(state["figure"], run, number):
            raise fail(_NAME, "figure_is_behind", number=number)
    if not states[-1]["ever_shown"]:
        raise fail(_NAME, "nothing_on_screen")
    for number, state in enumerate(states, 1):
        if not state["pictures"]:
            raise fail(_NAME, "screen_empty_meanwhile", number=number)
        if _drawn(state["screen"][-1]) != _drawn(state["figure"]):
            raise fail(_NAME, "screen_is_behind", number=number)


def _has_points(figure: Any, run: _Run, epochs: int) -> bool:
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
