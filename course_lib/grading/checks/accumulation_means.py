"""The mean loss that ``train_one_epoch_accumulated`` gives back, and what comes in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from course_lib.grading.checks.means import candidates, is_rounded, name_of
from course_lib.grading.checks.network_runs import RIGHT, sizes, train
from course_lib.grading.checks.wording import fail
from course_lib.grading.exercise import Scenario

_NAME = "accumulation"
_APART = 0.02  # far above float32's rounding


def judge_mean(scenario: Scenario, returned: dict[str, Any]) -> None:
    """Judge what came back from a run with a learning rate of 0; raises Fail where it is wrong."""
    if returned["kind"] == "graph":
        raise fail(_NAME, "returns_a_graph")
    if returned["kind"] in ("none", "other"):
        raise fail(_NAME, "returns_no_number", type=returned["type"])
    # The network is the same before and after: only the mode could tell, and it has no such layer.
    named = _named(scenario)
    k = scenario["accumulation_steps"]
    if is_rounded(returned["value"], named["right"]):
        raise fail(_NAME, "mean_is_rounded")
    name = name_of(returned["value"], named)
    if name is None and name_of(_times(returned["value"], k), named):
        name = "sums_scaled_losses"
    if name is None and name_of(_times(returned["value"], 1 / k), {"right": named["right"]}):
        name = "mean_times_k"
    if name != "right":
        raise fail(_NAME, (name or "mean_differs").split(":")[0])


def is_near(scenario: Scenario, returned: dict[str, Any]) -> bool:
    """Whether a plain number came back that differs from the right mean by less than a tenth."""
    right, value = _named(scenario)["right"], returned["value"]
    plain = returned["kind"] in ("float", "int", "tensor")
    return plain and value is not None and abs(value - right) < 0.1 * right


def tells_means_apart(scenario: Scenario) -> bool:
    """Whether no usual wrong mean is near the right one, by chance."""
    named = _named(scenario)
    right = named.pop("right")
    return all(abs(right - wrong) > _APART for wrong in named.values())


def _named(scenario: Scenario) -> dict[str, float]:
    losses = train(scenario, RIGHT, 1).train_losses[0]
    batch_sizes = sizes(scenario["train"])
    return {
        **candidates(losses, batch_sizes),
        **_of_groups(losses, batch_sizes, scenario["accumulation_steps"]),
    }


def _of_groups(losses: Sequence[float], batch_sizes: Sequence[int], k: int) -> dict[str, float]:
    """Means that only groups make possible; what follows a colon tells two of one name apart."""
    each, count = np.asarray(losses), np.asarray(batch_sizes, dtype="float64")
    starts = range(0, len(each), k)
    group_sizes = np.concatenate(
        [np.full(len(count[i : i + k]), count[i : i + k].sum()) for i in starts]
    )
    shares = each * count / group_sizes  # add up to each group's mean
    return {
        "mean_of_group_means": float(shares.sum()) / len(starts),
        "sum_of_group_means": float(shares.sum()),
        "last_group_only": float(shares[starts[-1] :].sum()),
        "sums_scaled_losses": float((shares * count).sum() / count.sum()),
        "sums_scaled_losses:over_batches": float(shares.sum()) / len(each),
        "sums_scaled_losses:over_samples": float(shares.sum() / count.sum()),
    }


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
