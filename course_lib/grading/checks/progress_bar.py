"""Exercise 02: what is asked of ``train_one_epoch_with_progress``."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from course_lib.grading.checks.bar_texts import has_number, other_values, shows
from course_lib.grading.checks.explaining import explain
from course_lib.grading.checks.means import candidates, name_of
from course_lib.grading.checks.network_runs import (
    RIGHT,
    TRAINING,
    Layers,
    draw_classes,
    draw_network,
    same_state,
    sizes,
    train,
)
from course_lib.grading.checks.trials import Trials, require_result
from course_lib.grading.checks.watched_bar import BATCHES, first_samples, watched_run_of
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call, Check, Exercise, Scenario

_NAME = "progress_bar"
_CHOICES = {
    "zeroing": TRAINING["zeroing"][:3],  # in one epoch, "each_epoch" is "never"
    "steps": TRAINING["steps"],
    "outputs": TRAINING["outputs"],
    "train_mode": ("each", "never"),
}


def _training_run(rng: random.Random) -> Scenario:
    draw = np.random.default_rng(rng.getrandbits(64))
    layers: Layers = [["linear", 3, 4], ["batch_norm", 4], ["tanh"], ["linear", 4, 3]]
    return {
        "model": draw_network(draw, layers),
        "train": draw_classes(draw, 11, 4, 3, 3),
        "optimizer": {"lr": 0.3},
        "epoch": rng.randint(2, 60),
    }


def judge_one_bar(call: Call, rng: random.Random) -> None:
    """One bar, and a visible one."""
    watched = watched_run_of(call, rng)
    watched.bar()
    bars = [bar for bar in watched.outcome["bars"] if not bar["disabled"]]
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


def judge_description(call: Call, rng: random.Random) -> None:
    """``Epoch {epoch}``."""
    watched = watched_run_of(call, rng)
    wanted = f"Epoch {watched.scenario['epoch']}"
    said = [_plain(text) for text in watched.after_batches(watched.bar(), "description")[1:]]
    wrong = next((text for text in said if text != wanted), None)
    if wrong is None:
        return
    if not wrong:
        raise fail(_NAME, "no_description", wanted=wanted)
    raise fail(_NAME, "description_differs", wanted=wanted, got=wrong)


def _plain(text: str) -> str:
    return text.strip().removesuffix(":").strip()


def judge_postfix(call: Call, rng: random.Random) -> None:
    """The current loss, a number, after every batch."""
    watched = watched_run_of(call, rng)
    bar = watched.bar()
    said = watched.after_batches(bar, "postfix")
    if any("tensor(" in text for text in said):
        raise fail(_NAME, "postfix_is_a_tensor")
    right = [shows(text, loss) for text, loss in zip(said, watched.losses, strict=True)]
    if all(right):
        return
    if any(" at 0x" in text for text in said):
        raise fail(_NAME, "postfix_is_a_function")
    descriptions = watched.after_batches(bar, "description")
    in_description = map(shows, descriptions, watched.losses)
    if sum(in_description) >= max(watched.batches - 1, 1):
        raise fail(_NAME, "loss_in_the_description")
    if not any(has_number(text) for text in said):
        raise fail(_NAME, "no_postfix")
    if not any(has_number(text) for text in said[:-1]):
        raise fail(_NAME, "postfix_only_at_the_end")
    if all(right[:-1]):
        raise fail(_NAME, "postfix_is_the_previous")
    for code, values in other_values(watched.losses, watched.sizes).items():
        told = zip(said[1:], values[1:], strict=True)  # after one batch, many are the same
        if all(shows(text, value) for text, value in told):
            raise fail(_NAME, code)
    raise fail(_NAME, "postfix_not_every_batch" if any(right) else "postfix_differs")


def judge_advances(call: Call, rng: random.Random) -> None:
    """The bar moves with every batch."""
    watched = watched_run_of(call, rng)
    bar = watched.bar()
    if bar["by_hand"] > 0 and bar["iterated"] > 0:
        raise fail(_NAME, "counts_twice")
    numbers = watched.after_batches(bar, "n")[:-1]
    unit = 1.0
    if bar["total"] == watched.samples and bar["by_hand"] == bar["total"]:
        unit = float(watched.sizes[0])  # counts samples: the check on the total says so
    if all(k <= n / unit <= k + 1 for k, n in enumerate(numbers, 1)):
        return
    if all(n >= BATCHES for n in numbers):
        raise fail(_NAME, "full_before_training")
    if any(numbers):
        moved = np.cumsum(watched.sizes)[:-1]
        by_samples = all(n in (k, m) for n, k, m in zip(numbers, [0, *moved], moved, strict=False))
        raise fail(_NAME, "moves_by_samples" if by_samples else "moves_irregularly")
    last = bar["snapshots"][-1] or {"n": 0.0}
    raise fail(_NAME, "moves_only_at_the_end" if last["n"] else "never_moves")


def judge_full_and_closed(call: Call, rng: random.Random) -> None:
    """The bar ends full, and closed."""
    watched = watched_run_of(call, rng)
    bar = watched.bar()
    last = bar["snapshots"][-1] or {"n": 0.0}
    if bar["by_hand"] > 0 and bar["iterated"] > 0:
        pass  # the check on advancing says so
    elif watched.batches < BATCHES and watched.batches - last["n"] in (0, 1):
        pass  # the check on drawing says so
    elif last["n"] not in (BATCHES, bar["total"]):  # a wrong total has its own check
        ends = last["n"] < BATCHES
        facts = {"n": f"{last['n']:g}", "batches": BATCHES}
        raise fail(_NAME, "ends_before_it_is_full" if ends else "ends_beyond_full", **facts)
    if not bar["closed"]:
        raise fail(_NAME, "not_closed")


def judge_training(call: Call, rng: random.Random) -> None:
    """It trains as train_one_epoch does."""
    trials = Trials.around(call)
    scenario = trials.once("training scenario", lambda: _training_run(rng))
    outcome = require_result(trials.once("training", lambda: trials(scenario)))
    state, done = outcome["state"], first_samples(scenario, int(outcome["drawn"]))

    def predicts(choices: dict[str, Any]) -> bool:
        wanted = train(done, {**RIGHT, **choices}, 1).states[0]
        return same_state(state, wanted, list(wanted))

    mistakes = explain(_CHOICES, predicts)
    if mistakes is None:
        looks = outcome["forwards"] == 2 * len(sizes(done["train"]))
        raise fail(_NAME, "forward_twice" if looks else "training_differs")
    codes = {
        ("zeroing", "never"): "no_zero_grad",
        ("zeroing", "after_backward"): "weights_never_move",
        ("steps", "epoch"): "one_step_per_epoch",
        ("steps", "twice"): "steps_twice",
        ("outputs", "softmax"): "softmax_before_the_loss",
        ("steps", "never"): "weights_never_move",
        ("train_mode", "never"): "not_in_train_mode",
    }
    if mistakes:
        raise fail(_NAME, [codes[mistake] for mistake in mistakes.items()])


def judge_mean_loss(call: Call, rng: random.Random) -> None:
    """What comes back is the mean loss over all samples, a float."""
    watched = watched_run_of(call, rng)
    returned = require_result(watched.outcome)["returned"]
    if returned["kind"] in ("graph", "tensor"):
        raise fail(_NAME, "returns_a_tensor")
    if returned["kind"] in ("none", "other"):
        raise fail(_NAME, "returns_no_number", type=returned["type"])
    name = name_of(returned["value"], candidates(watched.losses, watched.sizes))
    if name != "right":
        raise fail(_NAME, name or "mean_differs")


def judge_drawn_once(call: Call, rng: random.Random) -> None:
    """Each batch is drawn once."""
    watched = watched_run_of(call, rng)
    drawn, samples = require_result(watched.outcome)["drawn"], watched.samples
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
