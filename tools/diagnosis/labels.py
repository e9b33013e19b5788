"""The labelling rule: what the other runs of the same problem say about a run.

The thresholds were chosen so that the rule gives the labels of the 81 public runs from their
``counterfactual`` fields; where those leave room, the middle was taken, and runs that fall between
are dropped ("clearly lower" is what the labels promise).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from course_lib.diagnosis.features import level, lowest

# (clearly not, clearly): a difference between the two is ambiguous. In units of the baseline loss.
LOWER_BY = (0.025, 0.05)
RISES_BY = (0.025, 0.04)
RISES_TIMES = (1.09, 1.12)
SMALLER_TRAIN = (0.03, 0.06)
SMALLER_VAL = (0.035, 0.07)
HEALTHY_BELOW = 0.85
LESS_REGULARISED = {
    "big": (), "bigreg": ("big",), "mid": ("big",), "heavy": ("mid", "big", "bigreg"),
    "tiny": ("mid", "big"),
}  # fmt: skip


def judge(sees: Mapping[str, float]) -> tuple[str, bool]:
    """Label from the losses of a run and its counterfactuals; and whether it is clear.

    Keys: ``train``, ``val``, ``val_min``, ``train_tenth``, ``train_tenfold``,
    ``train_bigger``, ``val_bigger`` (NaN or missing where there was no such run).
    """
    nan = math.nan
    train, val = sees["train"], sees["val"]
    if not (math.isfinite(train) and math.isfinite(val)):
        return "diverged", True
    tenth, tenfold = sees.get("train_tenth", nan), sees.get("train_tenfold", nan)
    checks = [
        ("lr_too_high", [_more(train - tenth, LOWER_BY)]),
        ("lr_too_low", [_more(train - tenfold, LOWER_BY)]),
        ("overfitting", [_more(val - sees["val_min"], RISES_BY),
                         _more(val / max(sees["val_min"], 1e-9), RISES_TIMES)]),
        ("underfitting", [_more(train - sees.get("train_bigger", nan), SMALLER_TRAIN),
                          _more(val - sees.get("val_bigger", nan), SMALLER_VAL)]),
    ]  # fmt: skip
    clear = True
    for label, answers in checks:
        if all(a == "yes" for a in answers):
            return label, clear
        if "no" not in answers:
            clear = False
            if answers.count("yes") + answers.count("rather") == len(answers):
                return label, clear
    # A run that learnt next to nothing is not healthy, whatever did not help it (pure noise, say).
    return "healthy", clear and val < HEALTHY_BELOW


def _more(difference: float, limits: tuple[float, float]) -> str:
    if math.isnan(difference) or difference <= limits[0]:
        return "no"
    if difference >= limits[1]:
        return "yes"
    return "rather" if difference >= sum(limits) / 2 else "hardly"


def labelled(problem: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str, bool, dict]]:
    """Every run of a generated problem, with its label, whether it is clear, and why."""
    base, runs = problem["baseline_loss"], problem["runs"]
    plain = {(r["variant"], _step(r["lr"])): r for r in runs if not r["bug"]}
    steps = [step for _, step in plain]
    low, high = min(steps), max(steps)
    for run in runs:
        history = run["history"]
        own = {
            "train": level(history["end_loss"]) / base,
            "val": level(history["val_loss"]) / base,
            "val_min": lowest(history["val_loss"]) / base,
        }
        if run["bug"]:
            label, clear = _with_bug(own["train"])
            if label:
                yield run, label, clear, own
            continue
        variant, step = run["variant"], _step(run["lr"])
        if not low + 2 <= step <= high - 2:
            continue  # a tenth or ten times the rate was not tried
        ends = {
            k: _finite(level(plain[variant, step + d]["history"]["end_loss"]) / base)
            for k, d in (("train_tenth", -2), ("train_tenfold", 2))
        }
        label, clear = judge(own | ends | _bigger(plain, variant, step, base, own))
        if label != "diverged" and own["train"] > 3:
            clear = False  # blown up, though finite
        yield run, label, clear, own | ends


def _with_bug(train: float) -> tuple[str | None, bool]:
    if not math.isfinite(train):
        return None, False
    return "not_learning", 0.97 <= train <= 1.3


def _bigger(
    plain: Mapping[tuple[str, int], Any], variant: str, step: int, base: float,
    own: Mapping[str, float],
) -> dict[str, float]:  # fmt: skip
    best = {"train_bigger": math.inf, "val_bigger": math.inf}
    for other in LESS_REGULARISED[variant]:
        for d in (-1, 0, 1):
            history = plain[other, step + d]["history"]
            train, val = level(history["end_loss"]) / base, level(history["val_loss"]) / base
            if math.isfinite(val) and val < best["val_bigger"] and train < own["train"]:
                best = {"train_bigger": train, "val_bigger": val}
    return best


def _step(lr: float) -> int:
    return round(2 * math.log10(lr))


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.inf
