"""How the bar of ``train_one_epoch_with_progress`` has to move, and to end."""

from __future__ import annotations

import random

import numpy as np

from course_lib.grading.checks.watched_bar import BATCHES, watched_run_of
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Call

_NAME = "progress_bar"


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
        if watched.never_seen(bar, "n"):
            raise fail(_NAME, "progress_not_shown")
        return
    if all(n >= BATCHES for n in numbers):
        raise fail(_NAME, "full_before_training")
    last = bar["snapshots"][-1] or {"n": 0.0}
    counts_from_0 = all(n == k for k, n in enumerate(numbers)) and last["n"] == BATCHES - 1
    if counts_from_0 or any(watched.after_batches(bar, "closed")[:-1]):
        return  # the check on the end says so
    if any(numbers):
        moved = np.cumsum(watched.sizes)[:-1]
        by_samples = all(n in (k, m) for n, k, m in zip(numbers, [0, *moved], moved, strict=False))
        raise fail(_NAME, "moves_by_samples" if by_samples else "moves_irregularly")
    raise fail(_NAME, "moves_only_at_the_end" if last["n"] else "never_moves")


def judge_full_and_closed(call: Call, rng: random.Random) -> None:
    """The bar ends full, and closed."""
    watched = watched_run_of(call, rng)
    bar = watched.bar()
    last = bar["snapshots"][-1] or {"n": 0.0}
    if bar["by_hand"] > 0 and bar["iterated"] > 0:
        pass  # the check on advancing says so
    elif watched.batches < BATCHES and watched.batches - last["n"] in (0, 1):
        pass  # the checks on training and on drawing say so
    elif last["n"] < BATCHES and any(watched.after_batches(bar, "closed")[:-1]):
        raise fail(_NAME, "closed_too_early")
    elif last["n"] not in (BATCHES, bar["total"]):  # a wrong total has its own check
        ends = last["n"] < BATCHES
        facts = {"n": f"{last['n']:g}", "batches": BATCHES}
        raise fail(_NAME, "ends_before_it_is_full" if ends else "ends_beyond_full", **facts)
    if not bar["closed"]:
        raise fail(_NAME, "not_closed")
