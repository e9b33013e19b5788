"""Exercise 03: what is asked of ``train_one_epoch_accumulated``."""

from __future__ import annotations

import math
import random

from course_lib.grading.checks.accumulation_means import is_near, judge_mean
from course_lib.grading.checks.accumulation_oracle import CHOICES, RIGHT, draw_runs, train
from course_lib.grading.checks.explaining import Choices, explain
from course_lib.grading.checks.network_runs import State, same_state, sizes
from course_lib.grading.checks.trials import Trials, error_name, require_result
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call, Check, Exercise, Outcome, Scenario

_NAME = "accumulation"
_OWNERS = {
    ("scale", "none"): ("full_groups", "not_scaled"),
    ("scale", "sum"): ("full_groups", "sum_over_samples"),
    ("scale", "epoch_samples"): ("full_groups", "divided_by_the_epoch"),
    ("scale", "epoch_batches"): ("full_groups", "divided_by_the_epoch"),
    ("scale", "running"): ("full_groups", "samples_never_reset"),
    ("scale", "twice_K"): ("full_groups", "divided_twice"),
    ("scale", "twice_batches"): ("full_groups", "divided_twice"),
    ("zeroing", "each_batch"): ("full_groups", "zeroed_inside_the_group"),
    ("zeroing", "never"): ("full_groups", "never_zeroed"),
    ("zeroing", "never_rescaled"): ("full_groups", "never_zeroed"),
    ("left_over", "dropped"): ("last_group", "last_group_dropped"),
    ("left_over", "merged"): ("last_group", "last_group_merged"),
    ("scale", "left_over_sum"): ("last_group", "last_group_not_divided"),
    ("scale", "K"): ("last_group", "divided_by_accumulation_steps"),
    ("scale", "nominal"): ("last_group", "divided_by_full_batches"),
    ("scale", "batches"): ("ragged_batch", "mean_of_batch_means_in_group"),
    ("start", "stale"): ("clean_start", "stale_gradients_used"),
    ("steps", "each_batch"): ("steps", "steps_at_each_batch"),
    ("steps", "ordinary"): ("steps", "accumulates_nothing"),
    ("steps", "twice"): ("steps", "steps_twice"),
    ("steps", "shifted"): ("steps", "groups_shifted"),
    ("steps", "never"): ("steps", "never_steps"),
    ("steps", "epoch"): ("steps", "one_group_for_the_epoch"),
    ("steps", "one_more"): ("steps", "groups_of_one_more"),
    ("steps", "one_less"): ("steps", "groups_of_one_less"),
    ("steps", "again_at_end"): ("steps", "another_step_at_the_end"),
    ("steps", "again_if_even"): ("steps", "another_step_at_the_end"),
    ("train_mode", False): ("train_mode", "not_in_train_mode"),
}
_RUNS_OF = {
    "full_groups": ("full_groups",),
    "last_group": ("last_group", "larger_than_epoch"),
    "ragged_batch": ("ragged_batch",),
    "clean_start": ("clean_start",),
    "train_mode": ("train_mode",),
    "steps": (),
}


class _Runs:
    """What the answer did in each run, and the mistakes that explain it."""

    def __init__(self, trials: Trials, rng: random.Random) -> None:
        self.scenarios = draw_runs(rng)
        self.outcomes = {name: trials(scenario) for name, scenario in self.scenarios.items()}
        self._predicted: dict[tuple[str, str], State] = {}
        judged = [name for name in self.scenarios if self._is_judged(name)]
        self.mistakes = (
            explain(CHOICES, lambda choices: all(self.predicts(n, choices) for n in judged))
            if judged
            else None
        )

    def _is_judged(self, name: str) -> bool:
        return name != "still" and "raised" not in self.outcomes[name]

    def predicts(self, name: str, choices: Choices) -> bool:
        """Whether the parameters after a run are those that the choices lead to."""
        wanted = train(self.scenarios[name], choices)
        return same_state(self.outcomes[name]["state"], wanted, list(wanted))

    @property
    def by_another_optimizer(self) -> bool:
        """Whether the weights move although the optimizer that was passed in never steps."""
        finished = [outcome for outcome in self.outcomes.values() if "raised" not in outcome]
        return any(o["moved"] for o in finished) and not any(o["steps"] for o in finished)

    def steps_wanted(self, name: str) -> int:
        """How many updates a run has to make."""
        batches = len(sizes(self.scenarios[name]["train"]))
        return math.ceil(batches / self.scenarios[name]["accumulation_steps"])


def _seen(call: Call, rng: random.Random) -> _Runs:
    trials = Trials.around(call)
    return trials.once("runs", lambda: _Runs(trials, rng))


def _judge(check: str, call: Call, rng: random.Random) -> None:
    runs = _seen(call, rng)
    codes = [
        code
        for mistake, (owner, code) in _OWNERS.items()
        if owner == check and mistake in (runs.mistakes or {}).items()
    ]
    if codes:
        raise _fail(codes, runs.scenarios[(_RUNS_OF[check] or ("full_groups",))[0]])
    for name in _RUNS_OF[check]:
        require_result(runs.outcomes[name])
    if runs.by_another_optimizer:
        raise fail(_NAME, "another_optimizer")
    if _RUNS_OF[check] and ("steps", "never") in (runs.mistakes or {}).items():
        raise fail(_NAME, "never_steps")  # what never moved shows nothing of a group's gradient
    if runs.mistakes is None:
        for name in _RUNS_OF[check]:
            if not runs.predicts(name, RIGHT):
                raise _fail([f"{check}_differ"], runs.scenarios[name])


def _fail(codes: list[str], scenario: Scenario) -> Exception:
    groups = sizes(scenario["train"])
    k = scenario["accumulation_steps"]
    return fail(
        _NAME,
        codes,
        k=k,
        batches=len(groups),
        sizes=", ".join(map(str, groups)),
        left=len(groups) % k or k,
    )


def judge_full_groups(call: Call, rng: random.Random) -> None:
    """Full groups of equal batches: as with the group as one batch."""
    _judge("full_groups", call, rng)


def judge_last_group(call: Call, rng: random.Random) -> None:
    """The group left over at the end gets its step, and its own mean."""
    _judge("last_group", call, rng)


def judge_ragged_batch(call: Call, rng: random.Random) -> None:
    """A smaller last batch counts by its samples."""
    _judge("ragged_batch", call, rng)


def judge_clean_start(call: Call, rng: random.Random) -> None:
    """Gradients from before the call do not count."""
    _judge("clean_start", call, rng)


def judge_train_mode(call: Call, rng: random.Random) -> None:
    """It trains in training mode."""
    _judge("train_mode", call, rng)


def judge_steps(call: Call, rng: random.Random) -> None:
    """One step for each group, and no other."""
    runs = _seen(call, rng)
    finished = {name: o for name, o in runs.outcomes.items() if "raised" not in o}
    if not finished:
        require_result(next(iter(runs.outcomes.values())))
    _judge("steps", call, rng)
    if (runs.mistakes or {}).get("left_over"):
        return  # the check on the last group says so
    for name, outcome in finished.items():
        wanted, got = runs.steps_wanted(name), outcome["steps"]
        if got != wanted:
            code = "one_step_too_many" if got == wanted + 1 else "steps_differ"
            facts = {"batches": len(sizes(runs.scenarios[name]["train"]))}
            k = runs.scenarios[name]["accumulation_steps"]
            raise fail(_NAME, code, wanted=wanted, got=got, k=k, **facts)


def judge_mean_loss(call: Call, rng: random.Random) -> None:
    """What comes back is the mean loss over all samples, unscaled."""
    runs = _seen(call, rng)
    returned = require_result(runs.outcomes["still"])["returned"]
    # By another optimizer even the run with a rate of 0 trains: near the right mean is enough.
    if not (runs.by_another_optimizer and is_near(runs.scenarios["still"], returned)):
        judge_mean(runs.scenarios["still"], returned)


def judge_arguments(call: Call, rng: random.Random) -> None:
    """accumulation_steps below 1 is refused, 1 is taken."""
    trials, runs = Trials.around(call), _seen(call, rng)
    one: Outcome = runs.outcomes["one"]
    if "raised" in one:
        others = [o for name, o in runs.outcomes.items() if name != "one" and "raised" in o]
        if one["raised"].get("type") == "ValueError" and not others:
            raise fail(_NAME, "refuses_one")
        require_result(one)
    for k in (0, -rng.randint(1, 5)):
        scenario = {**runs.scenarios["one"], "kind": "refusal", "accumulation_steps": k}
        outcome = trials(scenario)
        if "raised" in outcome:
            raise fail(_NAME, "refused_by_another_error", k=k, error=error_name(outcome))
        if not outcome["refused"]:
            raise fail(_NAME, "steps_not_checked", k=k)


EXERCISE = Exercise(
    name=_NAME,
    file="03_gradient_accumulation",
    title="Gradient accumulation",
    required=("train_one_epoch_accumulated",),
    checks=(
        Check("full_groups", 2, judge_full_groups),
        Check("last_group", 2, judge_last_group),
        Check("ragged_batch", 1, judge_ragged_batch),
        Check("clean_start", 1, judge_clean_start),
        Check("steps", 1, judge_steps),
        Check("train_mode", 1, judge_train_mode),
        Check("mean_loss", 1, judge_mean_loss),
        Check("arguments", 1, judge_arguments),
    ),
)
