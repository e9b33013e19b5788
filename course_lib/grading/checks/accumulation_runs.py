"""What ``train_one_epoch_accumulated`` did in each run, and the mistakes that explain it."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np

from course_lib.grading.checks.accumulation_oracle import CHOICES, RIGHT, never_moves, train
from course_lib.grading.checks.accumulation_scenarios import draw_runs
from course_lib.grading.checks.agreement import State, same_state
from course_lib.grading.checks.explaining import Choices, explain
from course_lib.grading.checks.network_runs import sizes
from course_lib.grading.checks.seen_batches import trained_on
from course_lib.grading.checks.trials import Trials, require_result
from course_lib.grading.exercise import Call, Scenario


class Runs:
    """All runs of an answer.

    Attributes:
        scenarios: what was asked, by the name of what it is for.
        outcomes: what came back.
        done: the scenarios, with those batches only that the answer trained on, where it ends too
            early: the others are judged by what was done.
        mistakes: the wrong choices that explain the parameters; None if none do.
    """

    def __init__(self, trials: Trials, rng: random.Random) -> None:
        self._trials = trials
        self.scenarios = draw_runs(rng)
        self.outcomes = {name: trials(scenario) for name, scenario in self.scenarios.items()}
        self.done = self.scenarios
        self.mistakes = self._explain()
        if self.mistakes is None and (shorter := self._shorter()):
            self.done = {**self.scenarios, **shorter}
            self.mistakes = self._explain()
        if self.mistakes and self.mistakes.get("steps") == "late":
            self.mistakes.pop("start", None)  # the first step is early: what it finds is stale

    def _explain(self) -> Choices | None:
        judged = [name for name in self.finished if name != "still"]

        def predicts(choices: Choices) -> bool:
            return all(self.predicts(name, choices) for name in judged)

        return explain(CHOICES, predicts) if judged else None

    def _shorter(self) -> dict[str, Scenario]:
        """The scenarios of which the answer did not see all batches, with those that it saw."""
        shorter = {
            n: trained_on(self.scenarios[n], outcome) for n, outcome in self.finished.items()
        }
        return {n: s for n, s in shorter.items() if _samples(s) < _samples(self.scenarios[n])}

    @property
    def finished(self) -> dict[str, dict[str, Any]]:
        """The outcomes of runs that raised nothing."""
        return {name: found for name, found in self.outcomes.items() if "raised" not in found}

    def predicts(self, name: str, choices: Choices) -> bool:
        """Whether the parameters after a run are those that the choices lead to."""
        found = self.outcomes[name]
        if never_moves(choices) and found["moved"]:
            return False
        if not never_moves(choices) and found["unused"] and not found["moved"]:
            return False
        state = self._meant(name) if never_moves(choices) else found["state"]
        wanted = train(self.done[name], choices)
        return same_state(state, wanted, list(wanted))

    def _meant(self, name: str) -> State:
        """What gradients that were zeroed before a step would have done to the parameters."""
        found, lr = self.outcomes[name], self.scenarios[name]["optimizer"]["lr"]
        meant = {}
        for key, value in found["state"].items():
            gradient = np.asarray(found["unused"].get(key, 0.0))
            if gradient.shape in ((), np.shape(value)):  # none of another shape is a gradient
                meant[key] = np.asarray(value) - lr * gradient
        return meant

    @property
    def ends_early(self) -> bool:
        """Whether it ends before all batches were trained on, for no reason that has a name."""
        return self.done is not self.scenarios

    @property
    def wrong_with_long_ones(self) -> bool:
        """Whether it does right by short gradients, and not by those of the one run with long."""
        wrong = [name for name in self.finished if not self.predicts(name, RIGHT)]
        return wrong == ["full_groups"]

    @property
    def by_another_optimizer(self) -> bool:
        """Whether the weights move although the optimizer that was passed in never steps."""
        found = self.finished.values()
        return any(o["moved"] for o in found) and not any(o["steps"] for o in found)

    @property
    def never_a_group(self) -> bool:
        """Whether no group of more than one batch ever got a step."""
        groups = [o for name, o in self.finished.items() if name != "one"]
        return not any(o["steps"] for o in groups)

    def steps_wanted(self, name: str) -> int:
        """How many updates a run has to make."""
        batches = len(sizes(self.done[name]["train"]))
        return math.ceil(batches / self.scenarios[name]["accumulation_steps"])

    def as_its_twin(self, name: str) -> bool:
        """Whether a mistake without a name has nothing to do with what this run is for."""
        twin = _twin(name, self.scenarios[name])
        if twin is None or not self.one_is_trained:  # who trains nothing shows nothing
            return False
        other = require_result(self._trials(twin))["state"]
        return same_state(self.outcomes[name]["state"], other, list(other))

    @property
    def one_is_trained(self) -> bool:
        """Whether what came back of single batches in a group can only come from training them."""
        found = self.outcomes["one"]
        return bool(found["moved"]) and self.predicts("one", {**RIGHT, **(self.mistakes or {})})


def _twin(name: str, scenario: Scenario) -> Scenario | None:
    """A scenario that has to end like this one, whatever else is wrong."""
    if name == "clean_start":  # nobody looks at what the gradients held before
        return {**scenario, "stale_gradients": {}}
    if name == "train_mode":  # a layer that is always as in training mode
        model = scenario["model"]
        layers = [["half"] if layer == ["halved"] else layer for layer in model["layers"]]
        return {**scenario, "model": {**model, "layers": layers}}
    return None


def runs_of(call: Call, rng: random.Random) -> Runs:
    """All runs, made only once."""
    trials = Trials.around(call)
    return trials.once("runs", lambda: Runs(trials, rng))


def _samples(scenario: Scenario) -> int:
    return len(scenario["train"]["targets"])
