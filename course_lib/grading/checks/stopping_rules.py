"""When a training run stops and which epoch's state it keeps: rightly, and in the usual wrong ways.

Choices, the right value first:

- ``watches``: val_loss; train_loss, val_accuracy, both_losses (their sum)
- ``compares``: strict; see stopping_improvements
- ``counter``: resets at an improvement; never_resets, back_to_1, lowered (by 1) or halved there,
  each_epoch (resets in each), or one of EPOCHS_SO_FAR: ("epochs", first, always): the epoch's
  number, counted from ``first``, compared in an epoch without an improvement or, ``always``, in
  each
- ``threshold``: epochs beyond patience at which it stops: 0; 1, -1, None (never stops), "twice"
  (patience times 2), or ("always", N): after N epochs whatever patience says
- ``limit``: epochs beyond max_epochs: 0; -1, 1, "none" (max_epochs has no effect), "one" (epoch)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from course_lib.grading.checks.explaining import Choices
from course_lib.grading.checks.stopping_improvements import COMPARES, improvements
from course_lib.grading.checks.stopping_scripts import val_losses
from course_lib.grading.exercise import Scenario

WATCHES = ("val_loss", "train_loss", "val_accuracy", "both_losses")
EPOCHS_SO_FAR = tuple(("epochs", first, always) for first in (1, 0) for always in (False, True))
ALWAYS = tuple(("always", epochs) for epochs in (1, 2, 3, 4, 5, 10))
_ENDLESS = 200  # epochs after which a run without a limit is over in any case
COUNTING = {
    "watches": WATCHES,
    "compares": COMPARES,
    "counter": (
        "resets",
        "never_resets",
        "back_to_1",
        "lowered",
        "halved",
        "each_epoch",
        *EPOCHS_SO_FAR,
    ),
    "threshold": (0, 1, -1, None, "twice", *ALWAYS),
    "limit": (0, -1, 1, "none", "one"),
}
KEEPING = {
    "watches": WATCHES,
    # The last ones keep whatever comes last, or nothing: only the counting tells them apart.
    "compares": COMPARES[:-3],
    "keeps": (
        "always",
        "rolled_back",
        "never",
        "if_stopped",
        "if_not_stopped",
        "nothing_moved",
        "one_epoch_older",
    ),
}


def watched(scenario: Scenario, watches: str) -> list[float]:
    """The numbers that are watched, epoch by epoch; lower is better."""
    if watches == "val_accuracy":
        return [-float(right) for right in scenario["script"]["val_right"]]
    val, train = val_losses(scenario), scenario["script"]["train_loss"]
    if watches == "both_losses":
        return [one + other for one, other in zip(val, train, strict=True)]
    return val if watches == "val_loss" else train


def epochs_run(scenario: Scenario, choices: Choices) -> int:
    """After how many epochs a run with these choices ends."""
    limit = _limit(scenario["max_epochs"], choices["limit"])
    values = watched(scenario, choices["watches"])
    values = [*values, *[values[-1]] * (limit - len(values))]  # a script's last value stays
    better = improvements(values, choices["compares"], scenario["script"]["train_loss"])
    stops_at = _stops_at(scenario["patience"], choices["threshold"])
    counts = _counts(better[:limit], choices["counter"])
    for epoch, (count, is_compared) in enumerate(counts, 1):
        if is_compared and count >= stops_at:
            return epoch
        if choices["compares"] == "nan_ends" and math.isnan(values[epoch - 1]):
            return epoch
    return limit


def _counts(better: Sequence[bool | None], counter: Any) -> Iterator[tuple[int, bool]]:
    """For each epoch the count, and whether it is compared with patience."""
    count = 0
    for epoch, improved in enumerate(better):
        if counter in EPOCHS_SO_FAR:
            _, first, always = counter
            yield epoch + first, always or not improved
            continue
        if counter == "each_epoch" or (improved and counter == "resets"):
            count = 0
        if improved and counter == "back_to_1":
            count = 1
        if improved and counter == "lowered":
            count -= 1
        if improved and counter == "halved":
            count //= 2
        if improved is False:
            count += 1
        yield count, not improved


def _limit(max_epochs: int, choice: Any) -> int:
    if choice == "one":
        return 1
    return _ENDLESS if choice == "none" else int(max_epochs + choice)


def _stops_at(patience: int, threshold: Any) -> float:
    if threshold is None:
        return math.inf
    if threshold == "twice":
        return float(2 * patience)
    return float(threshold[1] if threshold in ALWAYS else patience + threshold)


def kept_epoch(scenario: Scenario, epochs: int, choices: Choices) -> int | None:
    """Which epoch's state comes back from a run of so many epochs; 0: the initial one.

    None: any, because no epoch was an improvement.
    """
    stopped = epochs < scenario["max_epochs"]
    keeps = choices["keeps"]
    if keeps == "nothing_moved":
        return 0
    if keeps == "never" or keeps == ("if_not_stopped" if stopped else "if_stopped"):
        return epochs
    values = watched(scenario, choices["watches"])
    better = improvements(values, choices["compares"], scenario["script"]["train_loss"])
    kept = max((e for e, improved in enumerate(better[:epochs], 1) if improved), default=None)
    if keeps == "rolled_back":  # every state follows that of the improvement before it
        return sum(map(bool, better[:epochs])) or None
    return kept - 1 if kept and keeps == "one_epoch_older" else kept
