"""When a training run stops and which epoch's state it keeps: rightly, and in the usual wrong ways.

Choices, the right value first:

- ``watches``: val_loss; train_loss, val_accuracy
- ``compares``: strict; see :func:`improvements`
- ``counter``: resets at an improvement; never_resets
- ``threshold``: epochs beyond patience at which it stops: 0; 1, -1, None (never stops), or
  ("always", N): after N epochs whatever patience says
- ``limit``: epochs beyond max_epochs: 0; -1, 1, "none" (max_epochs has no effect), "one" (epoch)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from course_lib.grading.checks.explaining import Choices
from course_lib.grading.checks.stopping_scripts import val_losses
from course_lib.grading.exercise import Scenario

WATCHES = ("val_loss", "train_loss", "val_accuracy")
COMPARES = (
    "strict",
    "equal_counts",
    "equal_ignored",
    "nan_counts",
    "equal_and_nan_count",
    "first_always",
    "nan_ignored",
    "by_a_margin",
    "nan_is_lowest",
    "nan_ends",
    "from_one",
    "with_last",
    "any_number",
    "never_lower",
    "higher",
)
ALWAYS = tuple(("always", epochs) for epochs in (1, 2, 3, 4, 5, 10))
_ENDLESS = 200  # epochs after which a run without a limit is over in any case
COUNTING = {
    "watches": WATCHES,
    "compares": COMPARES,
    "counter": ("resets", "never_resets"),
    "threshold": (0, 1, -1, None, *ALWAYS),
    "limit": (0, -1, 1, "none", "one"),
}
KEEPING = {
    "watches": WATCHES,
    # The last ones keep whatever comes last, or nothing: only the counting tells them apart.
    "compares": COMPARES[:-3],
    "keeps": (
        "always",
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
    return val_losses(scenario) if watches == "val_loss" else scenario["script"]["train_loss"]


def improvements(values: Sequence[float], compares: str) -> list[bool | None]:
    """For each epoch: an improvement? None: neither an improvement nor counted as none."""
    best, told = math.inf, []
    previous = math.inf
    if compares in ("higher", "from_one"):
        best = -math.inf if compares == "higher" else 1.0
    for epoch, value in enumerate(values):
        better: bool | None
        if compares == "equal_counts":
            better = value <= best
        elif compares == "equal_ignored":
            better = True if value < best else (False if value > best else None)
        elif compares == "nan_counts":
            better = not value >= best
        elif compares == "equal_and_nan_count":
            better = not value > best
        elif compares == "first_always":
            better = epoch == 0 or value < best
        elif compares == "nan_ignored":
            better = None if math.isnan(value) else value < best
        elif compares == "by_a_margin":
            better = value < best - 1e-3
        elif compares == "nan_is_lowest":  # as numpy's argmin has it: the first NaN, for ever
            better = not math.isnan(best) and (math.isnan(value) or value < best)
        elif compares == "any_number":
            better = value < math.inf
        elif compares == "with_last":
            better = value < previous
        elif compares == "never_lower":
            better = False
        elif compares == "higher":
            better = value > best
        else:
            better = value < best
        if better:
            best = value
        previous = value
        told.append(better)
    return told


def epochs_run(scenario: Scenario, choices: Choices) -> int:
    """After how many epochs a run with these choices ends."""
    limit = _limit(scenario["max_epochs"], choices["limit"])
    values = watched(scenario, choices["watches"])
    values = [*values, *[values[-1]] * (limit - len(values))]  # a script's last value stays
    better = improvements(values, choices["compares"])
    stops_at = _stops_at(scenario["patience"], choices["threshold"])
    count = 0
    for epoch, improved in enumerate(better[:limit], 1):
        if improved and choices["counter"] == "resets":
            count = 0
        elif improved is False:
            count += 1
        if not improved and count >= stops_at:
            return epoch
        if choices["compares"] == "nan_ends" and math.isnan(values[epoch - 1]):
            return epoch
    return limit


def _limit(max_epochs: int, choice: Any) -> int:
    if choice == "one":
        return 1
    return _ENDLESS if choice == "none" else int(max_epochs + choice)


def _stops_at(patience: int, threshold: Any) -> float:
    if threshold is None:
        return math.inf
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
    better = improvements(watched(scenario, choices["watches"]), choices["compares"])
    kept = max((e for e, improved in enumerate(better[:epochs], 1) if improved), default=None)
    return kept - 1 if kept and keeps == "one_epoch_older" else kept
