"""Which mistakes, if any, explain everything that was seen?

An answer with one mistake should lose the points of that mistake only, and read its name. So a
judge describes an answer by a few choices (which epoch's state is kept, by what a gradient is
scaled …), each with its right and its typical wrong values, predicts every run for a set of
choices, and takes the set with the fewest wrong values that predicts all that was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

Choices = dict[str, Any]


def explain(
    choices: Mapping[str, Sequence[Any]],
    predicts: Callable[[Choices], bool],
    most_mistakes: int = 2,
) -> Choices | None:
    """The wrong choices that explain what was seen: {} for a right answer, None if none do.

    Args:
        choices: for each aspect its values, the right one first.
        predicts: whether a full set of choices predicts all that was seen.
        most_mistakes: how many wrong values at once are tried.
    """
    right = {aspect: values[0] for aspect, values in choices.items()}
    for wrong in _sets_of_mistakes(choices, most_mistakes):
        if predicts({**right, **wrong}):
            return wrong
    return None


def _sets_of_mistakes(choices: Mapping[str, Sequence[Any]], most: int) -> Iterator[Choices]:
    for count in range(most + 1):
        for aspects in combinations(choices, count):
            for values in product(*(choices[aspect][1:] for aspect in aspects)):
                yield dict(zip(aspects, values, strict=True))
