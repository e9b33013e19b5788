"""What the scripted runs of an answer showed, and which mistakes explain it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib.grading.checks.explaining import Choices, explain
from course_lib.grading.checks.stopping_rules import (
    COUNTING,
    EPOCHS_SO_FAR,
    KEEPING,
    epochs_run,
    kept_epoch,
)
from course_lib.grading.checks.stopping_scripts import has_nan, scripted_runs, val_losses
from course_lib.grading.checks.trials import Trials
from course_lib.grading.checks.wording import fail
from course_lib.grading.drivers.scripted import BATCHES_PER_EPOCH, SEEN_PER_BATCH
from course_lib.grading.exercise import Call, Outcome, Scenario

RIGHT_COUNTING = {aspect: values[0] for aspect, values in COUNTING.items()}
RIGHT_KEEPING = {aspect: values[0] for aspect, values in KEEPING.items()}


@dataclass(frozen=True)
class ScriptedRun:
    """One run: ``epochs`` it trained; the epochs whose parameters and buffers came back.

    None for a state that belongs to no epoch.
    """

    scenario: Scenario
    outcome: Outcome
    epochs: float
    parameters_of: int | None
    buffers_of: int | None

    @property
    def right_epochs(self) -> int:
        """After how many epochs it had to end."""
        return epochs_run(self.scenario, RIGHT_COUNTING)

    @property
    def best_epoch(self) -> int | None:
        """The epoch that is to come back, of those that it trained; None: any."""
        return kept_epoch(self.scenario, int(self.epochs), RIGHT_KEEPING)

    @property
    def knows_too_much(self) -> bool:
        """Whether more of the script's validation losses came back than were measured."""
        entries = (self.outcome["history"] or {}).get("val_loss") or []
        told = zip(entries, val_losses(self.scenario), strict=False)
        known = sum(entry["value"] == loss for entry, loss in told)
        return bool(known > self.outcome["validations"])

    def keeps_as(self, choices: Choices) -> bool:
        """Whether the parameters that came back are those that these choices keep."""
        kept = kept_epoch(self.scenario, int(self.epochs), choices)
        return kept is None or kept == self.parameters_of


class ScriptedRuns:
    """All scripted runs. ``errors`` holds the outcomes of those that raised."""

    def __init__(self, trials: Trials, rng: random.Random) -> None:
        self.runs: dict[str, ScriptedRun] = {}
        self.errors: dict[str, Outcome] = {}
        self.scenarios = scripted_runs(rng)
        for name, scenario in self.scenarios.items():
            outcome = trials(scenario)
            if "raised" in outcome:
                self.errors[name] = outcome
            else:
                self.runs[name] = _read(scenario, outcome)
        self.counting = explain(COUNTING, self._counted) if self.runs else None
        self.keeping = explain(KEEPING, self.keep_as, most_mistakes=1) if self.runs else None
        if self.counting == {"compares": "never_lower"} and self.keeping == {}:
            # It knows the best epoch, so it does compare: it counts all epochs.
            self.counting = {"counter": EPOCHS_SO_FAR[1]}

    def _counted(self, choices: Choices) -> bool:
        for run in self.runs.values():
            # Whoever stops early at patience 1 may or may not look at the counter in an epoch
            # that improved: both are the same mistake.
            if choices["threshold"] == -1 and run.scenario["patience"] == 1:
                continue
            # "The last epoch's loss" is told in several ways where that one is NaN.
            if choices["compares"] == "with_last" and has_nan(run.scenario):
                continue
            if epochs_run(run.scenario, choices) != run.epochs:
                return False
        return True

    def keep_as(self, choices: Choices) -> bool:
        """Whether these choices predict every state that came back."""
        return all(run.keeps_as(choices) for run in self.runs.values())

    @property
    def stepped(self) -> bool:
        """Whether the optimizer's step was called at all."""
        return any(run.outcome["steps"] for run in self.runs.values())

    @property
    def by_another_optimizer(self) -> bool:
        """Whether the weights moved although the optimizer that was passed in never stepped."""
        return not self.stepped and any(run.outcome["changed"] for run in self.runs.values())

    @property
    def validated_on_training_data(self) -> bool:
        """Whether it measured on the training data, and never on the validation data."""
        found = [run.outcome for run in self.runs.values()]
        return all(o["measured_on_training"] and not o["validations"] for o in found)

    @property
    def moved(self) -> bool:
        """Whether the weights moved at all, whatever came back."""
        return any(run.outcome["moved"] for run in self.runs.values())


def scripted_runs_of(call: Call, rng: random.Random) -> tuple[Trials, ScriptedRuns]:
    """What is known of this answer, and its scripted runs, made only once."""
    trials = Trials.around(call)
    return trials, trials.once("scripted", lambda: ScriptedRuns(trials, rng))


def trained_runs_of(call: Call, rng: random.Random) -> tuple[Trials, ScriptedRuns]:
    """The same; raises Fail if no epoch ran: what was never trained shows nothing else either.

    So it does where a history tells losses that nobody can know who did not validate.
    """
    trials, seen = scripted_runs_of(call, rng)
    if seen.runs and not any(run.epochs for run in seen.runs.values()):
        found = [run.outcome for run in seen.runs.values()]
        exchanged = all(o["measured_on_training"] and o["graph_on_validation"] for o in found)
        raise fail("early_stopping", "loaders_exchanged" if exchanged else "no_epoch_ran")
    if any(run.knows_too_much for run in seen.runs.values()):
        raise fail("early_stopping", "losses_never_measured")
    return trials, seen


def _read(scenario: Scenario, outcome: Outcome) -> ScriptedRun:
    state = outcome["state"]
    return ScriptedRun(
        scenario,
        outcome,
        epochs=outcome["batches"] / BATCHES_PER_EPOCH,
        parameters_of=_epoch(scenario["weight"], state["weight"], 1.0),
        buffers_of=_epoch(scenario["seen"], state["seen"], SEEN_PER_BATCH),
    )


def _epoch(initial: np.ndarray[Any, Any], final: Any, per_batch: float) -> int | None:
    """The epoch that a state belongs to, by how far it moved."""
    moved = (np.asarray(final, dtype="float64") - initial) / (per_batch * BATCHES_PER_EPOCH)
    if moved.shape != initial.shape or not np.isfinite(moved).all():
        return None
    first = float(moved.flat[0])
    return int(first) if first.is_integer() and bool((moved == first).all()) else None
