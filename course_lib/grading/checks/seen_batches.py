"""Which batches an answer really trained on: who leaves some out is judged by the others, too."""

from __future__ import annotations

import numpy as np

from course_lib.grading.checks.network_runs import sizes
from course_lib.grading.exercise import Outcome, Scenario


def trained_on(scenario: Scenario, outcome: Outcome) -> Scenario:
    """The scenario with the data that the model saw; as it is where that is all, or unclear.

    ``outcome`` tells ``seen``, first sample and number of each batch, and ``drawn``, the samples
    that the loader gave.
    """
    data = scenario["train"]
    full, samples = data["batch_size"], len(data["targets"])
    seen = [(start, count) for start, count in outcome.get("seen", [])]
    if not seen or any(count > full for _, count in seen):  # not batch by batch
        rows = np.arange(min(int(outcome.get("drawn", 0)), samples))
    elif (
        len(seen) > len(sizes(data))
        or any(start is None for start, _ in seen)
        or any(count < full for _, count in seen[:-1])
    ):
        return scenario
    else:
        rows = np.concatenate([np.arange(int(start), int(start) + count) for start, count in seen])
        rows = rows[(rows >= 0) & (rows < samples)]
    chosen = {name: data[name][rows] for name in ("inputs", "targets")}
    return {**scenario, "train": {**data, **chosen}} if len(rows) else scenario


def begins_anew(outcome: Outcome) -> bool:
    """Whether each step was given the loader's first batch."""
    seen = outcome["seen"]
    return len(seen) > 1 and all(start == 0 for start, _ in seen)
