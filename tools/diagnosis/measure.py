"""How often is ``diagnose`` right? ``python -m tools.diagnosis.measure RUNS.jsonl ...``.

On runs in the form of ``generate.py`` that the judge was not fitted to: ``held_out.py`` makes some.
Of each problem every label weighs at most two runs, and over all the labels weigh alike, but for
``not_learning`` and ``diverged``, 0.7 of the others: as in the public labelled runs.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from typing import Any

import numpy as np

from course_lib.diagnosis import diagnose
from tools.diagnosis.labels import labelled

LESS = {"not_learning": 0.7, "diverged": 0.7}


def verdicts(paths: list[str]) -> list[tuple[str, str, str, float, bool]]:
    """Of every run whose label is clear: problem, label, verdict, confidence, sure."""
    rows = []
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                rows += _of_problem(json.loads(line))
    return rows


def _of_problem(problem: dict[str, Any]) -> list[tuple[str, str, str, float, bool]]:
    rows = []
    for run, label, clear, _ in labelled(problem):
        if clear:
            found = diagnose(
                run["history"], task=problem["task"], num_classes=problem["num_classes"] or None,
                baseline_loss=problem["baseline_loss"],
            )  # fmt: skip
            rows.append((str(problem["seed"]), label, found.label, found.confidence, found.sure))
    return rows


def weights(rows: list[tuple[str, str, str, float, bool]]) -> np.ndarray:
    """How much each run counts; they sum to 1."""
    cells = Counter(row[:2] for row in rows)
    out = np.array([min(2, cells[row[:2]]) / cells[row[:2]] for row in rows])
    labels = np.array([row[1] for row in rows])
    for label in set(labels):
        out[labels == label] *= LESS.get(label, 1.0) / out[labels == label].sum()
    return np.asarray(out / out.sum())


def report(
    name: str, p: np.ndarray, pred: np.ndarray, y: np.ndarray, w: np.ndarray,
    is_sure: np.ndarray,
) -> None:  # fmt: skip
    """Accuracy, recalls, what is sure, and the calibration in six bins."""
    right = pred == y
    print(f"{name}: {len(y)} runs, accuracy {np.average(right, weights=w):.3f}")
    for label in sorted(set(y)):
        m = y == label
        print(f"   recall of {label:13} {np.average(right[m], weights=w[m]):.2f}")
    if is_sure.any():
        print(f"   sure: {np.average(is_sure, weights=w):.2f} of them, of which right "
              f"{np.average(right[is_sure], weights=w[is_sure]):.3f}")  # fmt: skip
    edges = np.array([0, 0.4, 0.55, 0.7, 0.85, 0.95, 1.01])
    bins = np.digitize(p, edges) - 1
    error = 0.0
    for b in range(len(edges) - 1):
        m = bins == b
        if m.any():
            said, was = np.average(p[m], weights=w[m]), np.average(right[m], weights=w[m])
            error += abs(said - was) * w[m].sum() / w.sum()
            print(f"   said {said:.2f}, right {was:.2f} ({m.sum()} runs)")
    print(f"   expected calibration error {error:.3f}")


def main() -> None:
    """Print accuracy, recalls, what is sure, and the calibration."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+")
    rows = verdicts(parser.parse_args().runs)
    _, label, found, confidence, sure = (np.array(column) for column in zip(*rows, strict=True))
    report("held out", confidence, found, label, weights(rows), sure)


if __name__ == "__main__":
    main()
