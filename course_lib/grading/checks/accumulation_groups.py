"""How batches are divided into groups with a step each: rightly, and in the usual wrong ways."""

from __future__ import annotations

from itertools import accumulate

from course_lib.grading.checks.network_runs import Batch

Group = tuple[list[Batch], bool]
"""The batches of a group, and whether it is complete."""

_LONGER = {"one_more": 1, "one_less": -1}


def length(steps: str, k: int, batches_in_all: int) -> int:
    """How many batches a group has, where groups are counted in batches."""
    return batches_in_all if steps == "epoch" else max(k + _LONGER.get(steps, 0), 1)


def divided(all_batches: list[Batch], k: int, steps: str, left_over: str) -> list[Group]:
    """The groups in order.

    Args:
        all_batches: of the epoch.
        k: accumulation_steps.
        steps: as the oracle's choice of that name.
        left_over: the same; "merged" joins what is left over to the last complete group.
    """
    ends = _ends(all_batches, k, steps)
    groups = [(all_batches[start:end], True) for start, end in zip([0, *ends], ends, strict=False)]
    left = all_batches[ends[-1] if ends else 0 :]
    if not left:
        return groups
    if steps == "early_end":  # after the step before the last batch comes no other
        return groups
    if left_over != "merged":
        return [*groups, (left, False)]
    *before, (last, _) = groups or [([], True)]
    return [*before, ([*last, *left], True)]


def _ends(all_batches: list[Batch], k: int, steps: str) -> list[int]:
    """After how many batches each complete group ends."""
    count = len(all_batches)
    so_far = [0, *accumulate(len(targets) for _, targets in all_batches)]
    if steps == "samples_divisible":
        return [end for end in range(1, count + 1) if so_far[end] % k == 0]
    if steps == "samples":
        ends = [0]
        for end in range(1, count + 1):
            if so_far[end] - so_far[ends[-1]] >= k:
                ends.append(end)
        return ends[1:]
    if steps == "early_end":
        return [end for end in range(1, count + 1) if end % k == 0 or end == count - 1]
    if steps == "turned":
        return [end for end in range(1, count + 1) if end % k]
    each = length(steps, k, count)
    return list(range(1 if steps == "shifted" else each, count + 1, each))
