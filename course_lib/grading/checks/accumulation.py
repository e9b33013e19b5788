"""Exercise 03: what is asked of ``train_one_epoch_accumulated``."""

from __future__ import annotations

import random

from course_lib.grading.checks.accumulation_means import is_near, judge_mean
from course_lib.grading.checks.accumulation_mistakes import OWNERS
from course_lib.grading.checks.accumulation_oracle import RIGHT
from course_lib.grading.checks.accumulation_runs import Runs, runs_of
from course_lib.grading.checks.network_runs import sizes
from course_lib.grading.checks.trials import Trials, error_name, require_result
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call, Check, Exercise, Outcome, Scenario

_NAME = "accumulation"
_RUNS_OF = {
    "full_groups": ("full_groups",),
    "last_group": ("last_group", "larger_than_epoch"),
    "ragged_batch": ("ragged_batch",),
    "clean_start": ("clean_start",),
    "train_mode": ("train_mode",),
    "steps": (),
}


def _judge(check: str, call: Call, rng: random.Random) -> None:
    runs = runs_of(call, rng)
    mistakes = runs.mistakes or {}
    codes = [
        code
        for mistake, (owner, code) in OWNERS.items()
        if owner == check and mistake in mistakes.items()
    ]
    if runs.ends_early and runs.never_a_group:  # nothing else is shown
        raise _ends_early(runs)
    if codes and codes != ["never_steps"]:
        raise _fail(codes, runs.scenarios[(_RUNS_OF[check] or ("full_groups",))[0]])
    for name in _RUNS_OF[check]:
        require_result(runs.outcomes[name])
    if runs.by_another_optimizer:
        raise fail(_NAME, "another_optimizer")
    if runs.ends_early and check == "steps":
        raise _ends_early(runs)
    if ("steps", "never") in mistakes.items():
        for outcome in runs.outcomes.values():
            require_result(outcome)  # an error in another run tells more
        raise fail(_NAME, "never_steps")  # what never moved shows nothing of a group's gradient
    if runs.mistakes is None:
        for name in _RUNS_OF[check]:
            if not runs.predicts(name, RIGHT) and not runs.as_its_twin(name):
                code = "long_gradients_differ" if runs.wrong_with_long_ones else f"{check}_differ"
                raise _fail([code], runs.scenarios[name])


def _ends_early(runs: Runs) -> Exception:
    name = next(n for n, done in runs.done.items() if done is not runs.scenarios[n])
    done, given = (sizes(run["train"]) for run in (runs.done[name], runs.scenarios[name]))
    k = runs.scenarios[name]["accumulation_steps"]
    return fail(_NAME, "ends_early", done=len(done), batches=len(given), k=k)


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
    runs = runs_of(call, rng)
    if not runs.finished:
        require_result(next(iter(runs.outcomes.values())))
    _judge("steps", call, rng)
    if (runs.mistakes or {}).get("left_over"):
        return  # the check on the last group says so
    for name, outcome in runs.finished.items():
        wanted, got = runs.steps_wanted(name), outcome["steps"]
        if got != wanted:
            code = "one_step_too_many" if got == wanted + 1 else "steps_differ"
            facts = {"batches": len(sizes(runs.scenarios[name]["train"]))}
            k = runs.scenarios[name]["accumulation_steps"]
            raise fail(_NAME, code, wanted=wanted, got=got, k=k, **facts)


def judge_mean_loss(call: Call, rng: random.Random) -> None:
    """What comes back is the mean loss over all samples, unscaled."""
    runs = runs_of(call, rng)
    returned = require_result(runs.outcomes["still"])["returned"]
    # By another optimizer even the run with a rate of 0 trains: near the right mean is enough.
    if not (runs.by_another_optimizer and is_near(runs.done["still"], returned)):
        judge_mean(runs.done["still"], returned)


def judge_arguments(call: Call, rng: random.Random) -> None:
    """accumulation_steps below 1 is refused, 1 is taken."""
    trials, runs = Trials.around(call), runs_of(call, rng)
    one: Outcome = runs.outcomes["one"]
    if "raised" in one:
        others = [o for name, o in runs.outcomes.items() if name != "one" and "raised" in o]
        if one["raised"].get("type") == "ValueError" and not others:
            raise fail(_NAME, "refuses_one")
        require_result(one)
    returned = require_result(runs.outcomes["still"])["returned"]
    if not (runs.one_is_trained or is_near(runs.done["still"], returned)):
        raise fail(_NAME, "nothing_to_refuse")  # a refusal alone is easily forged
    for k in (0, -rng.randint(1, 5)):
        outcome = trials({**runs.scenarios["one"], "accumulation_steps": k})
        if "raised" not in outcome:
            raise fail(_NAME, "steps_not_checked", k=k)
        if error_name(outcome) != "ValueError":
            raise fail(_NAME, "refused_by_another_error", k=k, error=error_name(outcome))


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
