"""The runs of a ``TrainingDashboard``, and what its figure holds after them."""

from __future__ import annotations

import math
import random
from typing import Any

from course_lib.grading.checks.dashboard_reading import (
    Curves,
    all_in_view,
    curves,
    in_view_and_unseen,
    shows,
)
from course_lib.grading.checks.trials import Trials, require_result
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call, Scenario

_NAME = "dashboard"
EPOCHS = 7


class Run:
    """One dashboard: the losses that it got, and its states after each update."""

    def __init__(self, trials: Trials, scenario: Scenario) -> None:
        self.outcome = trials(scenario)
        self.epochs, self.train, self.validation = (
            [update[i] for update in scenario["updates"]] for i in range(3)
        )

    @property
    def last_figure(self) -> Any:
        """The figure after the last update; None if there is none."""
        return None if "raised" in self.outcome else self.states[-1]["figure"]

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
        self.refuse_unseen()
        return found

    def refuse_unseen(self) -> None:
        """Raises Fail where the lines are drawn and the picture does not show them."""
        found = curves(self.states[-1]["figure"])
        if found and any(in_view_and_unseen(found)):
            raise fail(_NAME, "lines_not_seen")

    def drawn(self) -> Curves:
        """The curves; raises Fail where they hold nothing, and so show nothing of their points."""
        found = self.curves()
        if not any(len(line["y"]) for line in (*found.train, *found.validation)):
            raise fail(_NAME, "no_points")
        return found

    @property
    def in_view(self) -> bool:
        """Whether after each update all points were within the limits."""
        drawn = [curves(state["figure"]) for state in self.states]
        return all(all_in_view(found) for found in drawn if found)

    def shown_rightly(self) -> bool:
        """Whether all losses stand in the lines after the last update."""
        found = curves(self.states[-1]["figure"])
        return (
            found is not None
            and shows(found.train, self.train)
            and shows(found.validation, self.validation)
        )


def _scenario(rng: random.Random, nan: str) -> Scenario:
    """Losses that go beyond the range of those before, up and down.

    ``nan`` says where one is: in the middle, or first of the training or the validation losses.
    """
    train, validation = [rng.uniform(2, 3)], [rng.uniform(3.5, 4.5)]
    for epoch in range(1, EPOCHS):
        for losses in (train, validation):
            wide = max(losses) + rng.uniform(0.8, 2), min(losses) * rng.uniform(0.3, 0.7)
            losses.append(wide[0] if epoch % 3 == 2 else wide[1])
    if nan:
        train[0 if nan == "train" else 4] = math.nan
        validation[0 if nan == "validation" else 2] = math.nan
    updates = [[epoch, *both] for epoch, both in enumerate(zip(train, validation, strict=True), 1)]
    # Looking costs a drawing for each part; what hides the parts hides them in each run.
    return {"num_epochs": EPOCHS, "updates": updates, "look": not nan}


def run_of(call: Call, rng: random.Random, nan: str = "") -> Run:
    """The run with a NaN there, made only once."""
    trials = Trials.around(call)
    return trials.once(f"nan: {nan}", lambda: Run(trials, _scenario(rng, nan)))
