"""The fitted judge: boosted decision trees, stored as plain numbers in ``judge.json``.

``tools/diagnosis/fit.py`` writes the file from runs that ``tools/diagnosis/generate.py`` made.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


def probabilities(features: Mapping[str, float]) -> dict[str, float]:
    """How probable each label that trees can tell is; the values sum to 1."""
    model = judge()
    values = [features[name] for name in model["features"]]
    scores = list(model["start"])
    for rounds in model["trees"]:
        for k, tree in enumerate(rounds):
            scores[k] += _leaf(tree, values)
    cooled = [score / model["temperature"] for score in scores]
    top = max(cooled)
    weights = [math.exp(score - top) for score in cooled]
    return {
        label: weight / sum(weights) for label, weight in zip(model["labels"], weights, strict=True)
    }


@cache
def judge() -> dict[str, Any]:
    """The fitted numbers: features, labels, start, trees, temperature, sure_from."""
    text = files("course_lib.diagnosis").joinpath("judge.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _leaf(tree: list[Any], values: list[float]) -> float:
    """Walk down: a leaf is a number, a fork [feature, threshold, NaN goes left, left, right]."""
    node: Any = tree
    while isinstance(node, list):
        feature, threshold, missing_left, left, right = node
        value = values[feature]
        goes_left = bool(missing_left) if math.isnan(value) else value <= threshold
        node = left if goes_left else right
    return float(node)
