"""Reading a bar's text: which numbers it shows, and whether a loss is among them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import permutations

import numpy as np

_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?(\d*)|\.(\d+))(?:[eE]([-+]?\d+))?")


def shows(text: str, value: float) -> bool:
    """Whether a number in the text is this value, rounded or cut to the decimals shown.

    A whole number is it only where three digits leave no decimals: tqdm shows numbers so.
    """
    for match in _NUMBER.finditer(text):
        decimals = len(match[1] or match[2] or "")
        unit = 10.0 ** (int(match[3] or 0) - decimals)
        of_three_digits = 0.51 * 10.0 ** (math.floor(math.log10(abs(value) or 1.0)) - 2)
        tolerance = max(1.01 * unit if decimals else of_three_digits, 1e-4 * abs(value))
        if abs(float(match[0]) - value) <= tolerance:
            return True
    return False


def has_number(text: str) -> bool:
    """Whether the text shows any number."""
    return _NUMBER.search(text) is not None


def other_values(losses: Sequence[float], batch_sizes: Sequence[int]) -> dict[str, list[float]]:
    """What bars show in the current loss's place, batch by batch, by the code of the mistake."""
    sizes = np.asarray(batch_sizes, dtype="float64")
    each = np.asarray(losses, dtype="float64")
    count = np.arange(1, len(each) + 1)
    every_second = each[(count - 1) // 2 * 2]
    return {
        "postfix_is_the_mean": list(np.cumsum(each * sizes) / np.cumsum(sizes)),
        "postfix_is_the_mean_of_means": list(np.cumsum(each) / count),
        "postfix_is_the_sum": list(np.cumsum(each)),
        "postfix_is_the_weighted_sum": list(np.cumsum(each * sizes)),
        "postfix_is_the_sum_over_batches": list(np.cumsum(each * sizes) / count),
        "postfix_is_weighted": list(each * sizes),
        "postfix_is_divided": list(each / sizes),
        "postfix_is_the_previous": [each[0], *each[:-1]],
        "postfix_without_decimals": list(np.trunc(each)),
        "postfix_without_decimals:rounded": list(np.round(each)),
        "postfix_not_every_batch": list(every_second),
        "postfix_not_every_batch:not the last": [*every_second[:-1], *every_second[:-1][-1:]],
        "postfix_not_every_batch:later": list(each[np.maximum(count - 1 - count % 2, 0)]),
        "postfix_is_the_lowest": list(np.minimum.accumulate(each)),
        "postfix_is_the_first": [each[0]] * len(each),
    }


def all_differ(losses: Sequence[float], batch_sizes: Sequence[int]) -> bool:
    """Whether no usual wrong number, shown after each batch, reads as another."""
    values = {"": list(losses), **other_values(losses, batch_sizes)}
    for shown, taken_for in permutations(values, 2):
        if shown.split(":")[0] != taken_for.split(":")[0]:
            pairs = zip(values[shown][1:], values[taken_for][1:], strict=True)
            if all(shows(f"{one:.3g}", other) for one, other in pairs):
                return False
    return True
